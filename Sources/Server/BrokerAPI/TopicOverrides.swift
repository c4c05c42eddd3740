import ClusterImage

extension ClusterImage {
    // What was set for the resource itself. In a file of its own, since `Settings` has a type of the resource's name too.
    func overrides(ofTopic name: String) -> [String: String] { config(ConfigResource(.topic, name)) }
    func overrides(ofGroup name: String) -> [String: String] { config(ConfigResource(.group, name)) }
    func overrides(ofClientMetrics name: String) -> [String: String] { config(ConfigResource(.clientMetrics, name)) }
}
