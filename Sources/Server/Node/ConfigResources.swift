import ClusterImage
import Vocabulary

/// The metadata log's resources of a broker's dynamic settings.
enum ConfigResources {
    static let brokerDefault = ConfigResource(.broker, "")
    static func broker(_ id: BrokerID) -> ConfigResource { ConfigResource(.broker, id.description) }
}
