extension APIKey {
    /// The version of the header before a request: 2 where the request has tagged fields, else 1 (KIP-482).
    package func requestHeaderVersion(_ version: Int16) -> Int16 { version >= flexibleFrom ? 2 : 1 }

    /// The version of the header before an answer. ApiVersions keeps 0 for ever, since a client reads that answer before
    /// it knows what the broker speaks (KIP-511).
    package func responseHeaderVersion(_ version: Int16) -> Int16 {
        self != .apiVersions && version >= flexibleFrom ? 1 : 0
    }
}
