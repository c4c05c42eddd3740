import ClusterImage

extension ClusterImage {
    /// What was set for the topic itself. In a file of its own, since `Settings` has a type of the resource's name too.
    func overrides(ofTopic name: String) -> [String: String] { config(ConfigResource(.topic, name)) }
}
