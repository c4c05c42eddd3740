/// What AlterConfigs and IncrementalAlterConfigs may do to a resource's settings. The caller answers a thrown error with
/// INVALID_CONFIG and the error's description.
package enum ConfigResource: Sendable, Hashable {
    case topic
    /// The cluster's default settings of brokers.
    case brokerDefault
    case broker

    var catalog: SettingCatalog { self == .topic ? .topic : .broker }
}

package enum ConfigOperation: Int8, Sendable, Hashable {
    case set = 0
    case delete = 1
    case append = 2
    case subtract = 3
}

extension ConfigResource {
    /// The longest value that the metadata log can hold.
    private static let longestValue = 32_767

    /// Checks all settings that a resource would have: of a new topic, or by the old AlterConfigs, which replaces.
    package func check(_ values: [String: String]) throws(SettingError) {
        for name in values.keys.sorted() { try check(name, values[name]) }
    }

    /// What a setting becomes by one operation; nil: it is not set any more. `inherited` is what holds while the resource
    /// does not set it, which lists grow from.
    package func apply(
        _ operation: ConfigOperation, _ value: String?, to name: String, current: String?, inherited: String?
    ) throws(SettingError) -> String? {
        switch operation {
        case .delete: return nil
        case .set:
            guard let value else { throw .invalid(name: name, value: nil, why: "Value must be non-null") }
            try check(name, value)
            return value
        case .append, .subtract:
            guard let setting = catalog[name] else { throw unknown(name) }
            guard setting.type == .list else {
                throw .conflict("Can't \(operation) to key \(name) because its type is not LIST.")
            }
            var elements = splitList(current ?? inherited ?? "")
            let named = splitList(value ?? "")
            if operation == .append {
                for element in named where !elements.contains(element) { elements.append(element) }
            } else {
                elements.removeAll(where: named.contains)
            }
            let made = elements.joined(separator: ",")
            try check(name, made)
            return made
        }
    }

    private func check(_ name: String, _ value: String?) throws(SettingError) {
        guard let setting = catalog.declaration(of: name) else {
            // Brokers keep settings that they do not know, for plug-ins; topics do not.
            if self != .topic { return }
            throw unknown(name)
        }
        if let value, value.utf8.count > Self.longestValue {
            throw .invalid(
                name: name, value: String(value.prefix(32)) + "…", why: "The value is longer than 32767 bytes")
        }
        if self != .topic && !setting.scope.isDynamic {
            throw .conflict("Cannot update these configs dynamically: Set(\(name))")
        }
        if self == .brokerDefault && setting.scope == .perBroker {
            throw .conflict("Cannot update these configs at default cluster level: Set(\(name))")
        }
        try setting.read(value)
    }

    private func unknown(_ name: String) -> SettingError {
        self == .topic
            ? .conflict("Unknown topic config name: \(name)")
            : .unknown(name: name, nearest: catalog.nearest(to: name))
    }
}
