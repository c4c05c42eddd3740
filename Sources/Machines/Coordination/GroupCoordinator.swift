import Bytes
import Vocabulary

/// The classic groups and committed offsets of one partition of `__consumer_offsets`, as a machine: requests, appends,
/// commits and timers in, effects out.
///
/// - Offsets change only when the records that say so are committed. Group generations are written down before anyone is
///   told of an assignment.
/// - Between loading and unloading all calls come from one owner; after each call the owner takes `effects` and carries
///   them out in order, calling `appended` (or `appendFailed`) for each append before anything else.
/// - Groups of the newer protocols are not known here: their records are passed over.
package struct GroupCoordinator: Sendable {
    private var groups: [String: ClassicGroup] = [:]
    private var offsets = OffsetStore()
    private var work: GroupWork
    /// The offset after the last record that was appended or loaded.
    private var end: Offset = 0

    package init(settings: GroupSettings) { work = GroupWork(settings: settings) }

    package var groupCount: Int { groups.count }
    package var offsetCount: Int { offsets.count }

    /// What is to be done now; empty afterwards.
    package mutating func takeEffects() -> [GroupEffect] {
        defer { work.effects = [] }
        return work.effects
    }

    // MARK: Loading

    /// One record of the log, in order.
    package mutating func load(_ record: GroupRecord, at offset: Offset, producer: ProducerID = .none) {
        end = max(end, offset + 1)
        switch record {
        case .offset(let key, let value):
            if groups[key.groupID] == nil { groups[key.groupID] = ClassicGroup(groupID: key.groupID, now: .none) }
            offsets.put(key, value, at: offset, producer: producer)
        case .noOffset(let key): offsets.remove(key)
        case .group(let id, let metadata): groups[id] = ClassicGroup(groupID: id, metadata)
        case .noGroup(let id): groups[id] = nil
        case .other: break
        }
    }

    /// A transaction marker in the log.
    package mutating func endTransaction(_ producer: ProducerID, isCommit: Bool) {
        offsets.endTransaction(producer, isCommit: isCommit)
    }

    /// All is loaded: sessions start anew.
    package mutating func loaded(now: Timestamp) {
        work.now = now
        for id in groups.keys.sorted() {
            guard let group = groups[id] else { continue }
            for member in group.orderedMembers { group.restartSession(member.memberID, &work) }
            if group.members.count > work.settings.maxSize { groups[id]?.prepareRebalance(&work) }
        }
    }

    /// Another broker leads the partition now.
    package mutating func unload(now: Timestamp) {
        work.now = now
        for id in groups.keys.sorted() { groups[id]?.unload(&work) }
        for write in work.pending { fail(write.continuation, .notCoordinator) }
        work.pending = []
        groups = [:]
        offsets = OffsetStore()
    }

    // MARK: Membership

    /// `random` makes the id of a member that has none.
    package mutating func join(
        _ request: GroupJoin, from client: GroupClient, _ token: RequestToken, random: UUID128, now: Timestamp
    ) {
        work.now = now
        func refuse(_ error: GroupError) {
            work.answer(token, .join(GroupJoinAnswer(error: error, memberID: request.memberID)))
        }
        if request.groupID.isEmpty { return refuse(.invalidGroupID) }
        let sessions = work.settings.minSessionTimeout...work.settings.maxSessionTimeout
        guard sessions.contains(request.sessionTimeout) else { return refuse(.invalidSessionTimeout) }
        let isNewGroup = groups[request.groupID] == nil
        if isNewGroup {
            guard request.memberID.isEmpty else { return refuse(.unknownMemberID) }
            groups[request.groupID] = ClassicGroup(groupID: request.groupID, now: now)
        }
        let newID = "\(request.instanceID ?? client.clientID)-\(Self.javaText(random))"
        let before = work.pending.count
        groups[request.groupID]?.join(request, client, token, newID: newID, &work)
        if isNewGroup && work.pending.count == before {
            work.append(
                [.group(request.groupID, GroupMetadata(stateSince: now))], then: .newGroup(request.groupID))
        }
    }

    package mutating func sync(_ request: GroupSync, _ token: RequestToken, now: Timestamp) {
        work.now = now
        func refuse(_ error: GroupError) { work.answer(token, .sync(GroupSyncAnswer(error: error))) }
        if request.groupID.isEmpty { return refuse(.invalidGroupID) }
        guard groups[request.groupID] != nil else { return refuse(.unknownMemberID) }
        groups[request.groupID]?.sync(request, token, &work)
    }

    package mutating func heartbeat(
        groupID: String, memberID: String, instanceID: String?, generation: Int32, now: Timestamp
    ) -> GroupError {
        work.now = now
        if groupID.isEmpty { return .invalidGroupID }
        guard let group = groups[groupID] else { return .unknownMemberID }
        return group.heartbeat(memberID, instanceID, generation: generation, &work)
    }

    package mutating func leave(groupID: String, _ leavers: [GroupLeaver], now: Timestamp) -> GroupLeaveAnswer {
        work.now = now
        if groupID.isEmpty { return GroupLeaveAnswer(error: .invalidGroupID) }
        guard groups[groupID] != nil, let answer = groups[groupID]?.leave(leavers, &work) else {
            return GroupLeaveAnswer(members: leavers.map { ($0, .unknownMemberID) })
        }
        return answer
    }

    package mutating func timerFired(_ timer: GroupTimer, now: Timestamp) {
        work.now = now
        switch timer {
        case .heartbeat(let groupID, let memberID): groups[groupID]?.sessionEnded(memberID, &work)
        case .join(let groupID): groups[groupID]?.joinTimeElapsed(&work)
        case .sync(let groupID): groups[groupID]?.syncTimeElapsed(&work)
        }
    }

    // MARK: The log

    /// The batch of `token` is in the log; `end` is the offset after it.
    package mutating func appended(_ token: UInt64, end: Offset) {
        self.end = end
        if let place = work.pending.firstIndex(where: { $0.token == token }) { work.pending[place].end = end }
    }

    package mutating func appendFailed(_ token: UInt64, _ error: CoordinatorAppendError, now: Timestamp) {
        work.now = now
        guard let place = work.pending.firstIndex(where: { $0.token == token }) else { return }
        let failed = work.pending.remove(at: place)
        fail(failed.continuation, error.groupError)
    }

    /// The high watermark is `offset` now.
    package mutating func committed(upTo offset: Offset, now: Timestamp) {
        work.now = now
        while let write = work.pending.first, let writeEnd = write.end, writeEnd <= offset {
            work.pending.removeFirst()
            var position = writeEnd - Int64(write.records.count)
            for record in write.records {
                switch record {
                case .offset(let key, let value): offsets.put(key, value, at: position, producer: .none)
                case .noOffset(let key): offsets.remove(key)
                // Groups themselves are ahead of their records.
                case .group, .noGroup, .other: break
                }
                position += 1
            }
            succeed(write.continuation)
        }
    }

    private mutating func succeed(_ continuation: Continuation) {
        switch continuation {
        case .nothing, .newGroup, .expiry: break
        case .answer(let token, let answer), .deletion(let token, let answer, _): work.answer(token, answer)
        case .fetch(let token, let request): work.answer(token, .offsetsFetched(read(request)))
        case .assignment(let id, _, let generation, let shares):
            groups[id]?.assignmentWritten(shares, generation: generation, nil, &work)
        case .staticMember(let change): groups[change.groupID]?.staticMemberReplaced(change, nil, &work)
        }
    }

    private mutating func fail(_ continuation: Continuation, _ error: GroupError) {
        switch continuation {
        case .nothing: break
        case .newGroup(let id):
            groups[id]?.unload(&work)
            groups[id] = nil
        case .answer(let token, let answer): work.answer(token, answer.failed(error))
        case .deletion(let token, let answer, let removed):
            putBack(removed)
            work.answer(token, answer.failed(error))
        case .expiry(let removed): putBack(removed)
        case .fetch(let token, _): work.answer(token, .offsetsFetched(OffsetsFetchAnswer(error: error)))
        case .assignment(let id, _, let generation, let shares):
            groups[id]?.assignmentWritten(shares, generation: generation, error, &work)
        case .staticMember(let change): groups[change.groupID]?.staticMemberReplaced(change, error, &work)
        }
    }

    private mutating func putBack(_ removed: [ClassicGroup]) {
        for group in removed where groups[group.groupID] == nil { groups[group.groupID] = group }
    }

    // MARK: Offsets

    package mutating func commitOffsets(
        _ request: OffsetsCommit, from client: GroupClient, _ token: RequestToken, now: Timestamp
    ) {
        work.now = now
        do throws(GroupError) { try validateCommit(request, client) } catch {
            let topics = request.topics.map { topic in
                OfTopic(
                    topic: topic.topic, topicID: topic.topicID,
                    partitions: topic.partitions.map { PartitionError(partition: $0.partition, error: error) })
            }
            return work.answer(token, .offsetsCommitted(topics))
        }
        var records: [GroupRecord] = []
        var answer: [OfTopic<PartitionError>] = []
        let expiry = request.retentionTime == -1 ? nil : now + request.retentionTime
        for topic in request.topics {
            var partitions: [PartitionError] = []
            for asked in topic.partitions {
                let isTooLarge = (asked.metadata?.utf16.count ?? 0) > work.settings.offsetMetadataMaxSize
                partitions.append(
                    PartitionError(partition: asked.partition, error: isTooLarge ? .offsetMetadataTooLarge : .none))
                if isTooLarge { continue }
                records.append(
                    .offset(
                        OffsetKey(groupID: request.groupID, topic: topic.topic, partition: asked.partition),
                        CommittedOffset(
                            offset: asked.offset, leaderEpoch: asked.leaderEpoch, metadata: asked.metadata ?? "",
                            committedAt: now, expiresAt: expiry, topicID: topic.topicID)))
            }
            answer.append(OfTopic(topic: topic.topic, topicID: topic.topicID, partitions: partitions))
        }
        write(records, then: token, .offsetsCommitted(answer))
    }

    private mutating func validateCommit(_ request: OffsetsCommit, _ client: GroupClient) throws(GroupError) {
        guard let group = groups[request.groupID] else {
            // Not a member of anything: a "simple" group, which only has offsets, comes into being.
            guard request.generation < 0 else { throw client.apiVersion >= 9 ? .groupIDNotFound : .illegalGeneration }
            groups[request.groupID] = ClassicGroup(groupID: request.groupID, now: work.now)
            return
        }
        try group.validateCommit(request)
        if group.state == .stable || group.state == .preparingRebalance {
            group.restartSession(request.memberID, &work)
        }
    }

    /// Appends and answers when that is committed; at once if there is nothing to append.
    private mutating func write(_ records: [GroupRecord], then token: RequestToken, _ answer: GroupAnswer) {
        if records.isEmpty { return work.answer(token, answer) }
        work.append(records, then: .answer(token, answer))
    }

    package mutating func deleteOffsets(_ request: OffsetsDelete, _ token: RequestToken, now: Timestamp) {
        work.now = now
        func refuse(_ error: GroupError) { work.answer(token, .offsetsDeleted(OffsetsDeleteAnswer(error: error))) }
        if request.groupID.isEmpty { return refuse(.invalidGroupID) }
        guard let group = groups[request.groupID] else { return refuse(.groupIDNotFound) }
        if group.state != .empty && !group.usesConsumerProtocol { return refuse(.nonEmptyGroup) }
        let known = knownKeys(request.groupID)
        var records: [GroupRecord] = []
        var answer = OffsetsDeleteAnswer()
        for topic in request.topics {
            let error: GroupError = group.isSubscribed(to: topic.topic) ? .groupSubscribedToTopic : .none
            let partitions = topic.partitions.map { PartitionError(partition: $0, error: error) }
            answer.topics.append(OfTopic(topic: topic.topic, partitions: partitions))
            for partition in topic.partitions where error == .none {
                let key = OffsetKey(groupID: request.groupID, topic: topic.topic, partition: partition)
                if known.contains(key) { records.append(.noOffset(key)) }
            }
        }
        write(records, then: token, .offsetsDeleted(answer))
    }

    package mutating func fetchOffsets(_ request: OffsetsFetch, _ token: RequestToken, now: Timestamp) {
        work.now = now
        if request.requireStable && !work.pending.isEmpty {
            // What is on its way into the log comes first.
            work.append([], then: .fetch(token, request))
            work.pending[work.pending.count - 1].end = end
        } else {
            work.answer(token, .offsetsFetched(read(request)))
        }
    }

    private func read(_ request: OffsetsFetch) -> OffsetsFetchAnswer {
        let isKnown = groups[request.groupID] != nil
        guard let topics = request.topics else {
            guard isKnown else { return OffsetsFetchAnswer() }
            var answer: [OfTopic<FetchedOffset>] = []
            for (key, value) in offsets.all(request.groupID) {
                if answer.last?.topic != key.topic { answer.append(OfTopic(topic: key.topic, partitions: [])) }
                answer[answer.count - 1].partitions.append(fetched(key, value, request))
            }
            return OffsetsFetchAnswer(topics: answer)
        }
        return OffsetsFetchAnswer(
            topics: topics.map { topic in
                OfTopic(
                    topic: topic.topic, topicID: topic.topicID,
                    partitions: topic.partitions.map { partition in
                        let key = OffsetKey(groupID: request.groupID, topic: topic.topic, partition: partition)
                        var value = isKnown ? offsets[key] : nil
                        // Committed for an earlier topic of this name.
                        if let id = value?.topicID, id != .zero, topic.topicID != .zero, id != topic.topicID {
                            value = nil
                        }
                        return fetched(key, value, request)
                    })
            })
    }

    private func fetched(_ key: OffsetKey, _ value: CommittedOffset?, _ request: OffsetsFetch) -> FetchedOffset {
        if request.requireStable && offsets.isInTransaction(key) {
            return FetchedOffset(partition: key.partition, error: .unstableOffsetCommit)
        }
        guard let value else { return FetchedOffset(partition: key.partition) }
        return FetchedOffset(
            partition: key.partition, offset: value.offset, leaderEpoch: value.leaderEpoch, metadata: value.metadata)
    }

    /// Keys with an offset, be it still on its way into the log or in a transaction.
    private func knownKeys(_ groupID: String) -> Set<OffsetKey> {
        var keys = Set(offsets.all(groupID).map(\.key)).union(offsets.keysInTransactions(groupID))
        for write in work.pending {
            for case .offset(let key, _) in write.records where key.groupID == groupID { keys.insert(key) }
        }
        return keys
    }

    // MARK: Groups

    /// `groupIDs` are those of this shard.
    package mutating func deleteGroups(_ groupIDs: [String], _ token: RequestToken, now: Timestamp) {
        work.now = now
        var records: [GroupRecord] = []
        var removed: [ClassicGroup] = []
        var results: [(groupID: String, error: GroupError)] = []
        for id in groupIDs {
            guard var group = groups[id] else {
                results.append((id, .groupIDNotFound))
                continue
            }
            guard group.state == .empty else {
                results.append((id, .nonEmptyGroup))
                continue
            }
            results.append((id, .none))
            records += knownKeys(id).sorted().map { .noOffset($0) } + [.noGroup(id)]
            group.unload(&work)
            removed.append(group)
            groups[id] = nil
        }
        if records.isEmpty { return work.answer(token, .groupsDeleted(results)) }
        work.append(records, then: .deletion(token, .groupsDeleted(results), removed))
    }

    /// Empty filters let all pass. States and types are compared without regard to case.
    package func listGroups(states: [String], types: [String]) -> [GroupListing] {
        let (states, types) = (states.map { $0.lowercased() }, types.map { $0.lowercased() })
        return groups.values.sorted { $0.groupID < $1.groupID }.compactMap { group in
            guard states.isEmpty || states.contains(group.state.rawValue.lowercased()) else { return nil }
            guard types.isEmpty || types.contains("classic") else { return nil }
            return GroupListing(
                groupID: group.groupID, protocolType: group.protocolType ?? "", state: group.state.rawValue,
                type: "classic")
        }
    }

    package func describeGroup(_ groupID: String, apiVersion: Int16) -> GroupDescription {
        if let group = groups[groupID] { return group.description }
        // Before version 6 a group that is not there was one that is dead.
        guard apiVersion >= 6 else { return GroupDescription(groupID: groupID, state: "Dead") }
        return GroupDescription(
            groupID: groupID, error: .groupIDNotFound, errorMessage: "Group \(groupID) not found.", state: "Dead")
    }

    // MARK: Expiry

    /// Every `offsets.retention.check.interval.ms`: offsets that nobody needs any more go, and groups with nothing left.
    package mutating func expireOffsets(now: Timestamp) {
        work.now = now
        var cuts = Tombstones()
        for id in groups.keys.sorted() {
            guard let group = groups[id] else { continue }
            let all = offsets.all(id)
            let expired = all.filter { isExpired($0.key, $0.value, group) }
            for (key, _) in expired { cuts.add(.noOffset(key), key.estimatedBytes) }
            let isOnItsWay = work.pending.contains { write in
                write.records.contains { if case .offset(let key, _) = $0 { key.groupID == id } else { false } }
            }
            if expired.count == all.count && !isOnItsWay && group.isAbandoned && !offsets.isInTransaction(group: id) {
                cuts.add(.noGroup(id), id.utf8.count, of: group)
                groups[id] = nil
            }
        }
        append(cuts)
    }

    /// They need not be written all or none.
    private mutating func append(_ cuts: Tombstones) {
        for batch in cuts.batches { work.append(batch.records, then: .expiry(batch.groups)) }
    }

    private func isExpired(_ key: OffsetKey, _ value: CommittedOffset, _ group: ClassicGroup) -> Bool {
        guard let start = group.agesFrom(value), !group.isSubscribed(to: key.topic), !offsets.isInTransaction(key)
        else { return false }
        if let expiresAt = value.expiresAt { return work.now >= expiresAt }
        return work.now - start >= work.settings.offsetsRetention
    }

    /// Topics are gone, and the offsets in them.
    package mutating func topicsDeleted(_ topics: [(name: String, id: TopicID)], now: Timestamp) {
        work.now = now
        var keys: Set<OffsetKey> = []
        let ids = Dictionary(topics.map { ($0.name, $0.id) }, uniquingKeysWith: { $1 })
        for group in offsets.groupIDs {
            for (key, value) in offsets.all(group) {
                if let id = ids[key.topic], value.topicID == .zero || value.topicID == id { keys.insert(key) }
            }
        }
        for (key, topicID) in offsets.allKeysInTransactions() {
            if let id = ids[key.topic], topicID == .zero || topicID == id { keys.insert(key) }
        }
        var cuts = Tombstones()
        for key in keys.sorted() { cuts.add(.noOffset(key), key.estimatedBytes) }
        append(cuts)
    }

    /// As Java writes a UUID: 8-4-4-4-12 hexadecimal digits.
    private static func javaText(_ id: UUID128) -> String {
        func hex(_ value: UInt64) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        let (high, low) = (hex(id.high), hex(id.low))
        return "\(high.prefix(8))-\(high.dropFirst(8).prefix(4))-\(high.suffix(4))-\(low.prefix(4))-\(low.suffix(12))"
    }
}

/// Which partition of `__consumer_offsets` a group belongs to: Java's hash of the id (over UTF-16 units), made positive.
package func coordinatorPartition(of groupID: String, partitionCount: Int32) -> PartitionIndex {
    var hash: Int32 = 0
    for unit in groupID.utf16 { hash = hash &* 31 &+ Int32(unit) }
    // Kafka's Utils.abs: the smallest number becomes 0.
    return PartitionIndex((hash == .min ? 0 : abs(hash)) % max(partitionCount, 1))
}
