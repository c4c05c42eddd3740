import Listener
import LogStore
import Replication
import Seams
import Vocabulary
import WireProtocol

extension Broker {
    /// What the log directories hold: sizes of replicas, and of the file systems (KIP-827).
    func describeLogDirs(_ request: DescribeLogDirsRequest, _ context: RequestContext) -> DescribeLogDirsResponse {
        let wanted = request.topics.map { topics in
            Set(topics.flatMap { topic in topic.partitions.map { TopicPartition(topic.topic, PartitionIndex($0)) } })
        }
        var response = DescribeLogDirsResponse()
        response.results = replicas.directories.directories.map { directory in
            var result = DescribeLogDirsResponse.DescribeLogDirsResult()
            result.logDir = directory.path
            guard !directory.isOffline else {
                result.errorCode = ErrorCode.kafkaStorageError.rawValue
                return result
            }
            if let space = try? world.disk.space(directory.path) {
                (result.totalBytes, result.usableBytes) = (space.total, space.usable)
            }
            let logs = replicas.directories.logs(in: directory).filter { wanted?.contains($0.partition) ?? true }
            let byTopic = Dictionary(grouping: logs) { $0.partition.topic }
            result.topics = byTopic.sorted { $0.key < $1.key }.map { name, logs in
                var topic = DescribeLogDirsResponse.DescribeLogDirsTopic()
                topic.name = name
                topic.partitions = logs.sorted { $0.partition < $1.partition }.map { log in
                    var partition = DescribeLogDirsResponse.DescribeLogDirsPartition()
                    partition.partitionIndex = log.partition.partition.rawValue
                    partition.partitionSize = log.size
                    partition.offsetLag = max(0, log.highWatermark - log.end)
                    return partition
                }
                return topic
            }
            return result
        }
        return response
    }
}
