/// The error codes that group calls answer with, as on the wire.
package enum GroupError: Int16, Error, Sendable, Hashable {
    case unknownServerError = -1
    case none = 0
    case unknownTopicOrPartition = 3
    case offsetMetadataTooLarge = 12
    case coordinatorLoadInProgress = 14
    case coordinatorNotAvailable = 15
    case notCoordinator = 16
    case illegalGeneration = 22
    case inconsistentGroupProtocol = 23
    case invalidGroupID = 24
    case unknownMemberID = 25
    case invalidSessionTimeout = 26
    case rebalanceInProgress = 27
    case nonEmptyGroup = 68
    case groupIDNotFound = 69
    case memberIDRequired = 79
    case groupMaxSizeReached = 81
    case fencedInstanceID = 82
    case groupSubscribedToTopic = 86
    case unstableOffsetCommit = 88
    case unknownTopicID = 100

    /// The code on the wire.
    package var code: Int16 { rawValue }
}

/// Why records could not be appended to the coordinator's partition, by what clients are told.
package enum CoordinatorAppendError: Error, Sendable, Hashable {
    /// Unknown partition, too few in-sync replicas, timed out: try again later.
    case notAvailable
    /// Not the leader any more, or its disk failed: ask for the coordinator again.
    case notLeader
    /// Larger than a batch of this topic may be, and anything else.
    case refused

    package var groupError: GroupError {
        switch self {
        case .notAvailable: .coordinatorNotAvailable
        case .notLeader: .notCoordinator
        case .refused: .unknownServerError
        }
    }
}
