/// The standard authorizer.
extension Setting {
    static let authorizer: [Setting] = [
        Setting(
            "allow.everyone.if.no.acl.found", .boolean, "false", .low, effect: .notYet,
            ""),
        Setting(
            "super.users", .string, "", .low, effect: .notYet,
            ""),
    ]
}
