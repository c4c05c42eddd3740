import Bytes
import Vocabulary

/// One access rule, by the numbers that records and requests use.
package struct AccessControlEntry: Sendable, Hashable {
    package let id: UUID128
    package let resourceType: Int8
    package let resourceName: String
    package let patternType: Int8
    package let principal: String
    package let host: String
    package let operation: Int8
    package let permissionType: Int8

    package init(
        id: UUID128, resourceType: Int8, resourceName: String, patternType: Int8, principal: String, host: String,
        operation: Int8, permissionType: Int8
    ) {
        self.id = id
        self.resourceType = resourceType
        self.resourceName = resourceName
        self.patternType = patternType
        self.principal = principal
        self.host = host
        self.operation = operation
        self.permissionType = permissionType
    }
}

/// A user's secret in derived form, for one SCRAM mechanism (1 = SHA-256, 2 = SHA-512).
package struct ScramCredential: Sendable, Hashable {
    package struct Key: Sendable, Hashable, Comparable {
        package let user: String
        package let mechanism: Int8

        package init(user: String, mechanism: Int8) {
            self.user = user
            self.mechanism = mechanism
        }

        package static func < (left: Key, right: Key) -> Bool {
            left.user != right.user ? left.user < right.user : left.mechanism < right.mechanism
        }
    }

    package let salt: ByteSlice
    package let storedKey: ByteSlice
    package let serverKey: ByteSlice
    package let iterations: Int32

    package init(salt: ByteSlice, storedKey: ByteSlice, serverKey: ByteSlice, iterations: Int32) {
        self.salt = salt
        self.storedKey = storedKey
        self.serverKey = serverKey
        self.iterations = iterations
    }
}

/// A delegation token without its HMAC, which every node computes from the shared secret.
package struct DelegationToken: Sendable, Hashable {
    package let id: String
    package let owner: String
    package let requester: String
    package let renewers: [String]
    package let issued: Timestamp
    package let maximum: Timestamp
    package let expiration: Timestamp

    package init(
        id: String, owner: String, requester: String, renewers: [String], issued: Timestamp, maximum: Timestamp,
        expiration: Timestamp
    ) {
        self.id = id
        self.owner = owner
        self.requester = requester
        self.renewers = renewers
        self.issued = issued
        self.maximum = maximum
        self.expiration = expiration
    }
}
