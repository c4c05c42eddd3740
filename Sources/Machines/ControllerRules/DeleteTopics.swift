import ClusterImage
import InternalRecords
import Vocabulary
import WireProtocol

extension ControllerRules {
    /// Answers DeleteTopics, which names topics by name or, from version 6 on, by id. The answers stand in the order of the
    /// request: their places tell nothing about topics that the user may not see.
    package func deleteTopics(
        _ request: DeleteTopicsRequest, version: Int16, image: ClusterImage,
        mayDescribe: (String) -> Bool = { _ in true }, mayDelete: (String) -> Bool = { _ in true }
    ) -> Decision<DeleteTopicsResponse> {
        let targets =
            request.topicNames.map { TopicToDelete(name: $0, id: .zero) }
            + request.topics.map { TopicToDelete(name: $0.name, id: $0.topicId) }
        var repeated = RepeatedTargets(targets, image)
        var response = DeleteTopicsResponse()
        var records: [VersionedRecord] = []
        for target in targets where repeated.isFirst(target) {
            var result = DeleteTopicsResponse.DeletableTopicResult()
            result.name = target.name
            result.topicId = target.id
            do throws(Refusal) {
                guard isTopicDeletionEnabled else {
                    // Versions before 3 do not know the code that says it.
                    throw Refusal(
                        version < 3 ? .invalidRequest : .topicDeletionDisabled,
                        "Topics cannot be deleted here: delete.topic.enable is false.")
                }
                try repeated.check(target)
                let topic = try Self.find(target, image)
                let isVisible = mayDescribe(topic.name)
                // By id, the name is told only to those who may see it; by name, the id only to those who may delete.
                guard mayDelete(topic.name) && (isVisible || target.name == nil) else {
                    if target.name == nil && isVisible { result.name = topic.name }
                    throw Refusal(.topicAuthorizationFailed)
                }
                result.name = topic.name
                result.topicId = topic.id
                try repeated.checkOtherWay(target, topic)
                var record = RemoveTopicRecord()
                record.topicId = topic.id
                records.append(VersionedRecord(.removeTopic(record)))
            } catch {
                // What a user may not see, and what is not there, look alike.
                let isHidden = target.name.map { !mayDescribe($0) } ?? false
                let isUnknown = error.code == .unknownTopicOrPartition
                result.errorCode = (isHidden && isUnknown ? .topicAuthorizationFailed : error.code).rawValue
                result.errorMessage = isHidden && isUnknown ? nil : error.message
            }
            response.responses.append(result)
        }
        if records.count > Self.maxRecordsPerRequest {
            for index in response.responses.indices where response.responses[index].errorCode == 0 {
                response.responses[index].errorCode = Self.tooManyRecords.code.rawValue
                response.responses[index].errorMessage = Self.tooManyRecords.message
            }
            records = []
        }
        return Decision(response, records: records, isAtomic: true)
    }

    private static func find(_ target: TopicToDelete, _ image: ClusterImage) throws(Refusal) -> TopicImage {
        guard let name = target.name else {
            guard let topic = image.topics[target.id] else {
                throw Refusal(.unknownTopicId, "There is no topic with the id \(target.id).")
            }
            return topic
        }
        guard let topic = image.topic(named: name) else {
            throw Refusal(.unknownTopicOrPartition, "There is no topic with this name.")
        }
        return topic
    }
}

private struct TopicToDelete: Hashable {
    let name: String?
    let id: TopicID
}

/// Which of the topics to delete are named more than once, the same way or by name and by id.
private struct RepeatedTargets {
    private let counts: [TopicToDelete: Int]
    /// Topics that are there and named by name and by id.
    private let bothWays: Set<TopicID>
    private var seen: Set<TopicToDelete> = []

    init(_ targets: [TopicToDelete], _ image: ClusterImage) {
        counts = Dictionary(targets.map { ($0, 1) }, uniquingKeysWith: +)
        let byID = Set(targets.filter { $0.name == nil }.map(\.id))
        bothWays = Set(
            targets.filter { $0.id == .zero }.compactMap { $0.name.flatMap { image.topicIDs[$0] } }
                .filter(byID.contains))
    }

    /// Each target is answered once.
    mutating func isFirst(_ target: TopicToDelete) -> Bool { seen.insert(target).inserted }

    func check(_ target: TopicToDelete) throws(Refusal) {
        if target.name == nil && target.id == .zero {
            throw Refusal(.invalidRequest, "Neither topic name nor id were specified.")
        }
        if target.name != nil && target.id != .zero {
            throw Refusal(.invalidRequest, "You may not specify both topic name and topic id.")
        }
        if counts[target] != 1 {
            throw Refusal(.invalidRequest, "Duplicate topic \(target.name == nil ? "id" : "name").")
        }
    }

    func checkOtherWay(_ target: TopicToDelete, _ topic: TopicImage) throws(Refusal) {
        if bothWays.contains(topic.id) {
            throw Refusal(.invalidRequest, "The topic was named both by its name and by its id.")
        }
    }
}
