import ClusterImage
import Listener
import LogStore
import Replication
import Seams
import Vocabulary
import WireProtocol

/// The timestamps of ListOffsets that are no times.
enum SpecialTimestamp {
    static let latest: Int64 = -1
    static let earliest: Int64 = -2
    /// The record with the largest timestamp (KIP-734, version 7).
    static let max: Int64 = -3
    /// Of what is on local disk (KIP-405, version 8): without tiered storage the earliest.
    static let earliestLocal: Int64 = -4
    /// The last offset in tiered storage (KIP-1005, version 9): none here.
    static let latestTiered: Int64 = -5
    /// The first that is not yet in tiered storage (KIP-1023, version 11): none here.
    static let earliestPendingUpload: Int64 = -6

    /// The version from which on a special timestamp means something.
    static func firstVersion(of timestamp: Int64) -> Int16? {
        switch timestamp {
        case latest, earliest: 1
        case max: 7
        case earliestLocal: 8
        case latestTiered: 9
        case earliestPendingUpload: 11
        default: nil
        }
    }
}

extension Broker {
    /// Offsets by time. A search that has to read records is done on the disk pool.
    func listOffsets(_ request: ListOffsetsRequest, _ context: RequestContext) async -> ListOffsetsResponse {
        var response = ListOffsetsResponse()
        var seen: Set<TopicPartition> = []
        var twice: Set<TopicPartition> = []
        for topic in request.topics {
            for partition in topic.partitions {
                let name = TopicPartition(topic.name, PartitionIndex(partition.partitionIndex))
                if !seen.insert(name).inserted { twice.insert(name) }
            }
        }
        for topic in request.topics {
            var entry = ListOffsetsResponse.ListOffsetsTopicResponse()
            entry.name = topic.name
            for asked in topic.partitions {
                let name = TopicPartition(topic.name, PartitionIndex(asked.partitionIndex))
                var partition = ListOffsetsResponse.ListOffsetsPartitionResponse()
                partition.partitionIndex = asked.partitionIndex
                do throws(Refusal) {
                    if twice.contains(name) { throw Refusal(.invalidRequest) }
                    let found = try await offset(name, asked, request, context)
                    if let found {
                        partition.offset = found.offset.rawValue
                        partition.timestamp = found.timestamp.rawValue
                        if context.version >= 4 { partition.leaderEpoch = found.epoch.rawValue }
                    }
                } catch { partition.errorCode = error.code.rawValue }
                entry.partitions.append(partition)
            }
            response.topics.append(entry)
        }
        return response
    }

    private func offset(
        _ name: TopicPartition, _ asked: ListOffsetsRequest.ListOffsetsPartition, _ request: ListOffsetsRequest,
        _ context: RequestContext
    ) async throws(Refusal) -> TimedOffset? {
        if asked.timestamp < 0 {
            guard let first = SpecialTimestamp.firstVersion(of: asked.timestamp), context.version >= first else {
                throw Refusal(.unsupportedVersion)
            }
        }
        let partition = try leader(of: name, epoch: LeaderEpoch(asked.currentLeaderEpoch))
        let log = partition.log
        let bounds = log.bounds
        let limit = request.isolationLevel == 1 ? bounds.lastStable : bounds.highWatermark
        // After an election the high watermark may still be the one before: a consumer would be sent backwards.
        if asked.timestamp != SpecialTimestamp.earliest, asked.timestamp != SpecialTimestamp.earliestLocal,
            !partition.isHighWatermarkCurrent
        {
            throw Refusal(context.version >= 5 ? .offsetNotAvailable : .leaderNotAvailable)
        }
        switch asked.timestamp {
        case SpecialTimestamp.latest:
            return TimedOffset(offset: limit, timestamp: .none, epoch: log.latestEpoch)
        case SpecialTimestamp.earliest, SpecialTimestamp.earliestLocal:
            return TimedOffset(offset: bounds.start, timestamp: .none, epoch: log.epoch(at: bounds.start))
        case SpecialTimestamp.latestTiered, SpecialTimestamp.earliestPendingUpload: return nil
        default:
            let found = try await search(log, asked.timestamp)
            return found.flatMap { $0.offset < limit ? $0 : nil }
        }
    }

    private func search(_ log: Log, _ timestamp: Int64) async throws(Refusal) -> TimedOffset? {
        do throws(LogError) {
            return try await world.diskPool.perform { () throws(LogError) in
                timestamp == SpecialTimestamp.max
                    ? try log.offsetOfMaxTimestamp() : try log.firstOffset(atOrAfter: Timestamp(timestamp))
            }
        } catch {
            // What Kafka answers when a batch on the way cannot be read.
            if case .corrupt = error { throw Refusal(.unknownServerError) }
            throw Refusal(of: error)
        }
    }

    /// Our replica of the partition, if we lead it and `epoch` is not outdated.
    func leader(of name: TopicPartition, epoch: LeaderEpoch = .none) throws(Refusal) -> Partition {
        guard let partition = replicas.partition(name) else {
            guard let state = image.partition(name) else { throw Refusal(.unknownTopicOrPartition) }
            throw Refusal(notLeaderOf: state)
        }
        do throws(ReplicaError) { _ = try partition.check(epoch: epoch) } catch { throw Refusal(of: error) }
        return partition
    }
}
