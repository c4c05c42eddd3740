import Bytes
import Vocabulary
import WireProtocol

/// The generated messages made from the views, and the writers fed from the generated messages: so the goldens' values
/// hold the hand-written forms too. Unknown tagged fields have no place in them.
extension ProduceRequest {
    init(_ view: ProduceRequestView) {
        self.init()
        transactionalId = view.transactionalId?.text
        (acks, timeoutMs) = (view.acks, view.timeoutMs)
        var cursor = view.topics
        while let topic = cursor.nextTopic() {
            var made = TopicProduceData()
            (made.name, made.topicId) = (topic.name.text, topic.id)
            while let partition = cursor.nextPartition() {
                var data = PartitionProduceData()
                (data.index, data.records) = (partition.index.rawValue, partition.records)
                made.partitionData.append(data)
            }
            topicData.append(made)
        }
    }
}

extension FetchRequest {
    init(_ view: FetchRequestView) {
        self.init()
        clusterId = view.clusterId?.text
        if view.version <= 14 {
            replicaId = view.replicaId.rawValue
        } else {
            (replicaState.replicaId, replicaState.replicaEpoch) = (view.replicaId.rawValue, view.replicaEpoch)
        }
        (maxWaitMs, minBytes, maxBytes) = (view.maxWaitMs, view.minBytes, view.maxBytes)
        (isolationLevel, sessionId, sessionEpoch) = (view.isolationLevel, view.sessionId, view.sessionEpoch)
        rackId = view.rackId.text
        var cursor = view.topics
        while let topic = cursor.nextTopic() {
            var made = FetchTopic()
            (made.topic, made.topicId) = (topic.name.text, topic.id)
            while let partition = cursor.nextPartition() { made.partitions.append(FetchPartition(partition)) }
            topics.append(made)
        }
        var forgotten = view.forgottenTopics
        while let topic = forgotten.nextTopic() {
            var made = ForgottenTopic()
            (made.topic, made.topicId) = (topic.name.text, topic.id)
            while let partition = forgotten.nextPartition() { made.partitions.append(partition.rawValue) }
            forgottenTopicsData.append(made)
        }
    }
}

extension FetchRequest.FetchPartition {
    fileprivate init(_ view: FetchRequestView.Partition) {
        self.init()
        partition = view.index.rawValue
        currentLeaderEpoch = view.currentLeaderEpoch.rawValue
        fetchOffset = view.fetchOffset.rawValue
        lastFetchedEpoch = view.lastFetchedEpoch.rawValue
        logStartOffset = view.logStartOffset.rawValue
        partitionMaxBytes = view.maxBytes
        replicaDirectoryId = view.replicaDirectoryId
        highWatermark = view.highWatermark.rawValue
    }
}

extension ProduceResponse {
    /// The bytes that the hand-written writer makes of the message.
    func hotBytes(version: Int16, correlationID: Int32? = nil) throws -> ByteSlice {
        var writer = try ProduceResponseWriter(version: version, correlationID: correlationID, capacity: 0)
        for topic in responses {
            writer.beginTopic(name: ByteSlice(utf8: topic.name), id: topic.topicId)
            for partition in topic.partitionResponses {
                var fields = ProduceResponseWriter.Partition(
                    PartitionIndex(partition.index), baseOffset: Offset(partition.baseOffset),
                    logAppendTime: Timestamp(partition.logAppendTimeMs),
                    logStartOffset: Offset(partition.logStartOffset),
                    currentLeader: CurrentLeader(
                        BrokerID(partition.currentLeader.leaderId),
                        epoch: LeaderEpoch(partition.currentLeader.leaderEpoch)))
                fields.errorCode = partition.errorCode
                writer.partition(
                    fields,
                    recordErrors: partition.recordErrors.map {
                        .init(batchIndex: $0.batchIndex, message: $0.batchIndexErrorMessage)
                    }, errorMessage: partition.errorMessage)
            }
        }
        let endpoints = nodeEndpoints.map {
            LeaderEndpoint(BrokerID($0.nodeId), host: $0.host, port: $0.port, rack: $0.rack)
        }
        return try writer.finish(throttleTimeMs: throttleTimeMs, nodeEndpoints: endpoints)
    }
}

/// How a test hands records to the writer of Fetch responses.
enum RecordsForm: CaseIterable, Sendable { case bytes, region, read }

extension FetchResponse {
    /// The bytes that the hand-written writer makes of the message, regions filled in.
    func hotBytes(version: Int16, correlationID: Int32? = nil, _ form: RecordsForm) throws -> ByteSlice {
        var writer = try FetchResponseWriter(
            version: version, correlationID: correlationID, errorCode: errorCode, sessionId: sessionId, capacity: 0)
        var regions: [ByteSlice] = []
        for topic in responses {
            writer.beginTopic(name: ByteSlice(utf8: topic.topic), id: topic.topicId)
            for partition in topic.partitions {
                let aborted = partition.abortedTransactions?.map {
                    FetchResponseWriter.AbortedTransaction(
                        producerId: ProducerID($0.producerId), firstOffset: Offset($0.firstOffset))
                }
                switch (form, partition.records) {
                case (.region, let records?):
                    regions.append(records)
                    writer.partition(
                        partition.hot, abortedTransactions: aborted, records: .region(count: records.count))
                case (.read, let records?):
                    writer.partition(partition.hot, abortedTransactions: aborted, size: records.count) { space in
                        records.withBytes { space.copyMemory(from: $0) }
                    }
                case (_, let records):
                    writer.partition(
                        partition.hot, abortedTransactions: aborted, records: records.map { .bytes($0) } ?? .null)
                }
            }
        }
        let endpoints = nodeEndpoints.map {
            LeaderEndpoint(BrokerID($0.nodeId), host: $0.host, port: $0.port, rack: $0.rack)
        }
        return joined(try writer.finish(throttleTimeMs: throttleTimeMs, nodeEndpoints: endpoints), regions)
    }
}

/// An answer's segments as one, with the regions' bytes in their places.
func joined(_ segments: [AnswerSegment], _ regions: [ByteSlice]) -> ByteSlice {
    ByteSlice(
        segments.flatMap { segment in
            switch segment {
            case .bytes(let bytes): bytes.array
            case .region(let number, let count): regions[number].prefix(count).array
            }
        })
}

extension FetchResponse.PartitionData {
    fileprivate var hot: FetchResponseWriter.Partition {
        var made = FetchResponseWriter.Partition(
            PartitionIndex(partitionIndex), highWatermark: Offset(highWatermark),
            lastStableOffset: Offset(lastStableOffset), logStartOffset: Offset(logStartOffset))
        made.errorCode = errorCode
        made.divergingEpoch = .init(
            epoch: LeaderEpoch(divergingEpoch.epoch), endOffset: Offset(divergingEpoch.endOffset))
        made.currentLeader = CurrentLeader(
            BrokerID(currentLeader.leaderId), epoch: LeaderEpoch(currentLeader.leaderEpoch))
        made.snapshotId = .init(epoch: LeaderEpoch(snapshotId.epoch), endOffset: Offset(snapshotId.endOffset))
        made.preferredReadReplica = BrokerID(preferredReadReplica)
        return made
    }
}
