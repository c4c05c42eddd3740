/// What a client may do with a resource, as a bit for each of Kafka's AclOperation codes. Without an authorizer that is all
/// that there is to do with a resource of its kind.
enum AuthorizedOperations {
    private enum Operation: Int32 {
        case read = 3
        case write = 4
        case create = 5
        case delete = 6
        case alter = 7
        case describe = 8
        case clusterAction = 9
        case describeConfigs = 10
        case alterConfigs = 11
        case idempotentWrite = 12
    }

    static let topic = bits([.read, .write, .create, .describe, .delete, .alter, .describeConfigs, .alterConfigs])
    static let group = bits([.read, .describe, .delete, .describeConfigs, .alterConfigs])
    static let cluster = bits([
        .create, .clusterAction, .describeConfigs, .alterConfigs, .idempotentWrite, .alter, .describe,
    ])

    private static func bits(_ operations: [Operation]) -> Int32 { operations.reduce(0) { $0 | 1 << $1.rawValue } }
}
