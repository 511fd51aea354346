public import Jobs
public import Link
public import Specification
public import TLSLink

/// Reaches partners over TLS at the addresses of this process's own list.
public struct TLSConnector: Connector {
    private let endpoint: TLSEndpoint
    private let partners: PartnerList

    public init(_ endpoint: TLSEndpoint, partners: PartnerList) {
        self.endpoint = endpoint
        self.partners = partners
    }

    public func connect(to partner: Party, purpose: String, _ wait: Wait) throws -> any Link {
        guard let address = partners.partners[partner]?.address else { throw NoAddress(partner: partner) }
        return try endpoint.connect(to: partner, at: address, purpose: purpose, wait)
    }

    public func accept(from partner: Party, purpose: String, _ wait: Wait) throws -> any Link {
        try endpoint.accept(from: partner, purpose: purpose, wait)
    }

    /// A partner was to be called, but its address is not in `partners.yaml`.
    public struct NoAddress: Error, CustomStringConvertible {
        public let partner: Party

        public init(partner: Party) { self.partner = partner }

        public var description: String { "no address of \(partner) in \(PartnerList.fileName)" }
    }
}
