/// The page `docs/settings.md`, made from the declarations. A test holds that it is fresh.
package func settingsReferencePage() -> String {
    var page = """
        # Settings

        Made from the declarations in `Sources/Ground/Settings/Declared`; do not edit. To make it again, run the tests of
        Settings with `APUS_WRITE_DOCS=1`. A setting marked *no effect yet* is read, checked and shown, and nothing acts on it.

        """
    for (title, catalog) in [
        ("Nodes", SettingCatalog.broker), ("Topics", .topic), ("Groups", .group), ("Client metrics", .clientMetrics),
    ] {
        page += "\n## \(title)\n\n| setting | type | default | may be changed | about |\n|---|---|---|---|---|\n"
        for setting in catalog.settings where !setting.isInternal { page += row(setting) }
    }
    return page
}

private func row(_ setting: Setting) -> String {
    let given =
        switch setting.defaultValue {
        case .required: "must be given"
        case .null: ""
        case .text(let text): text.isEmpty ? "empty" : "`\(text)`"
        }
    let change =
        switch setting.scope {
        case .readOnly: "at start"
        case .perBroker: "live, per broker"
        case .clusterWide, .dynamicOnly: "live"
        }
    var about = setting.documentation
    if setting.isDeprecated { about += " Deprecated." }
    switch setting.effect {
    case .inForce: break
    case .notYet: about += " *No effect yet.*"
    case .javaOnly: about += " *No effect: it configures Java code.*"
    }
    return
        "| `\(setting.name)` | \(setting.type.name.lowercased()) | \(given) | \(change) | \(about.trimmingSpace()) |\n"
}
