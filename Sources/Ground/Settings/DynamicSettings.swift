/// Settings that change while the node runs.
extension NodeSettings {
    /// What holds with other dynamic layers. Settings that cannot be read, or that contradict the others, are left out and
    /// reported: whatever the metadata log holds, the rest of it is followed.
    package func replacing(
        dynamicDefault: [String: String], dynamicBroker: [String: String]
    ) -> (settings: NodeSettings, problems: [SettingError]) {
        let (whole, problems) = layers.replacing(dynamicDefault: dynamicDefault, dynamicBroker: dynamicBroker)
        if let settings = try? NodeSettings(whole) { return (settings, problems) }
        guard var settings = try? NodeSettings(BrokerLayers(fixed: layers.fixed)) else { return (self, problems) }
        let given =
            whole.dynamicDefault.sorted { $0.key < $1.key }.map { (isDefault: true, name: $0.key, value: $0.value) }
            + whole.dynamicBroker.sorted { $0.key < $1.key }.map { (isDefault: false, name: $0.key, value: $0.value) }
        var left = given
        var contradictions: [SettingError] = []
        var isProgress = true
        // One may go with the others only once a later one is there, so those that are left are tried again.
        while isProgress {
            isProgress = false
            contradictions = []
            left = left.filter { setting in
                do throws(SettingError) {
                    settings = try settings.setting(setting.name, to: setting.value, isDefault: setting.isDefault)
                    isProgress = true
                    return false
                } catch {
                    contradictions.append(error)
                    return true
                }
            }
        }
        return (settings, problems + contradictions)
    }

    private func setting(_ name: String, to value: String, isDefault: Bool) throws(SettingError) -> NodeSettings {
        let one = [name: value]
        return try NodeSettings(
            BrokerLayers(
                fixed: layers.fixed,
                dynamicDefault: layers.dynamicDefault.merging(isDefault ? one : [:]) { $1 },
                dynamicBroker: layers.dynamicBroker.merging(isDefault ? [:] : one) { $1 }))
    }
}
