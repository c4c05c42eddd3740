import Bytes
import InternalRecords
import WireProtocol

/// The members of a classic group of consumers: what they subscribe to and were assigned is the clients' own format, bytes
/// to the coordinator, and is decoded as Kafka's dump tool does.
extension GroupMetadataValue {
    func describeDecoded(to json: inout JSONWriter, version: Int16) {
        guard protocolType == "consumer" else { return write(to: &json, version: version) }
        json.object { json in
            json.member("protocolType", protocolType)
            json.member("generation", generation)
            json.member("protocol", self.protocol)
            json.member("leader", leader)
            if version >= 2 { json.member("currentStateTimestamp", currentStateTimestamp) }
            json.key("members")
            json.array { json in for member in members { member.describeDecoded(to: &json, version) } }
        }
    }
}

extension GroupMetadataValue.MemberMetadata {
    fileprivate func describeDecoded(to json: inout JSONWriter, _ version: Int16) {
        json.object { json in
            json.member("memberId", memberId)
            if version >= 3 { json.member("groupInstanceId", groupInstanceId) }
            json.member("clientId", clientId)
            json.member("clientHost", clientHost)
            if version >= 1 { json.member("rebalanceTimeout", rebalanceTimeout) }
            json.member("sessionTimeout", sessionTimeout)
            json.key("subscription")
            Self.describe(subscription, as: ConsumerProtocolSubscription.self, to: &json)
            json.key("assignment")
            Self.describe(assignment, as: ConsumerProtocolAssignment.self, to: &json)
        }
    }

    /// What cannot be decoded stays as it is. Newer versions than we know begin like the newest that we know.
    private static func describe<Message: RecordMessage>(
        _ bytes: ByteSlice, as: Message.Type, to json: inout JSONWriter
    ) {
        do throws(WireError) {
            var reader = WireReader(bytes)
            let version = min(try reader.int16(), Message.versions.upperBound)
            try Message(from: &reader, version: version).write(to: &json, version: version)
        } catch { bytes.write(to: &json) }
    }
}

/// A coordinator's value as Kafka's dump tool shows it.
func describeValue(_ value: any RecordMessage, to json: inout JSONWriter, version: Int16) {
    if let group = value as? GroupMetadataValue {
        group.describeDecoded(to: &json, version: version)
    } else {
        value.write(to: &json, version: version)
    }
}
