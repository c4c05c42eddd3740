import ClusterImage

/// What settings are attached to. Settings has a type of the same name for what kind of resource a rule is about.
typealias Resource = ConfigResource
