import Vocabulary

/// What a controller must not forget of elections: the content of `quorum-state`, one line of JSON.
package struct ElectionState: Sendable, Hashable {
    package var epoch: LeaderEpoch
    package var leader: BrokerID
    package var voted: BrokerID
    package var votedDirectory: UUID128
    /// Of a static quorum, which writes version 0 of the file.
    package var staticVoters: [BrokerID]?

    package init(
        epoch: LeaderEpoch = 0, leader: BrokerID = .none, voted: BrokerID = .none, votedDirectory: UUID128 = .zero,
        staticVoters: [BrokerID]? = nil
    ) {
        (self.epoch, self.leader, self.voted) = (epoch, leader, voted)
        (self.votedDirectory, self.staticVoters) = (votedDirectory, staticVoters)
    }

    package var text: String {
        if let staticVoters {
            let voters = staticVoters.map { "{\"voterId\":\($0)}" }.joined(separator: ",")
            return "{\"clusterId\":\"\",\"leaderId\":\(leader),\"leaderEpoch\":\(epoch),\"votedId\":\(voted),"
                + "\"appliedOffset\":0,\"currentVoters\":[\(voters)],\"data_version\":0}"
        }
        return "{\"leaderId\":\(leader),\"leaderEpoch\":\(epoch),\"votedId\":\(voted),"
            + "\"votedDirectoryId\":\"\(votedDirectory)\",\"data_version\":1}"
    }

    /// Reads the file's one line; nil when it is not what Kafka writes.
    package init?(_ text: String) {
        guard let leader = Self.number("leaderId", text), let epoch = Self.number("leaderEpoch", text), epoch >= 0
        else { return nil }
        self.init(
            epoch: LeaderEpoch(epoch), leader: BrokerID(leader),
            voted: BrokerID(Self.number("votedId", text) ?? -1),
            votedDirectory: Self.string("votedDirectoryId", text).flatMap { UUID128($0) } ?? .zero,
            staticVoters: Self.number("data_version", text) == 0 ? Self.voters(text) : nil)
    }

    private static func voters(_ text: String) -> [BrokerID] {
        text.split(separator: "{").compactMap { number("voterId", "{" + $0).map { BrokerID($0) } }
    }

    private static func number(_ name: String, _ text: String) -> Int32? {
        guard let found = text.firstRange(of: "\"\(name)\":") else { return nil }
        return Int32(text[found.upperBound...].drop { $0 == " " }.prefix { $0.isNumber || $0 == "-" })
    }

    private static func string(_ name: String, _ text: String) -> String? {
        guard let found = text.firstRange(of: "\"\(name)\":\"") else { return nil }
        return String(text[found.upperBound...].prefix { $0 != "\"" })
    }
}
