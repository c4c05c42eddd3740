import InternalRecords
import Vocabulary

/// A controller that votes: with kraft.version 1 it is known by its id and the id of its metadata directory, before by its
/// id alone (KIP-853).
package struct Voter: Sendable, Hashable {
    package struct Endpoint: Sendable, Hashable {
        package let name: String
        package let host: String
        package let port: UInt16

        package init(name: String, host: String, port: UInt16) {
            (self.name, self.host, self.port) = (name, host, port)
        }
    }

    package let id: BrokerID
    /// Zero with kraft.version 0.
    package let directoryID: UUID128
    package let endpoints: [Endpoint]

    package init(id: BrokerID, directoryID: UUID128 = .zero, endpoints: [Endpoint]) {
        (self.id, self.directoryID, self.endpoints) = (id, directoryID, endpoints)
    }
}

/// The controllers whose majority decides.
package struct VoterSet: Sendable, Hashable {
    /// By id.
    package let voters: [Voter]

    package init(_ voters: [Voter]) { self.voters = voters.sorted { $0.id < $1.id } }

    package init(_ record: VotersRecord) {
        self.init(
            record.voters.map { voter in
                Voter(
                    id: BrokerID(voter.voterId), directoryID: voter.voterDirectoryId,
                    endpoints: voter.endpoints.map { Voter.Endpoint(name: $0.name, host: $0.host, port: $0.port) })
            })
    }

    package var record: VotersRecord {
        var record = VotersRecord()
        record.voters = voters.map { voter in
            var made = VotersRecord.Voter()
            made.voterId = voter.id.rawValue
            made.voterDirectoryId = voter.directoryID
            made.endpoints = voter.endpoints.map { endpoint in
                var made = VotersRecord.Endpoint()
                (made.name, made.host, made.port) = (endpoint.name, endpoint.host, endpoint.port)
                return made
            }
            made.kRaftVersionFeature.minSupportedVersion = 0
            made.kRaftVersionFeature.maxSupportedVersion = 1
            return made
        }
        return record
    }

    /// How many votes elect.
    package var majority: Int { voters.count / 2 + 1 }

    /// Whether the node with that directory votes; a set without directory ids goes by the node's id.
    package func contains(_ id: BrokerID, _ directoryID: UUID128) -> Bool {
        voters.contains { $0.id == id && ($0.directoryID == .zero || $0.directoryID == directoryID) }
    }
}
