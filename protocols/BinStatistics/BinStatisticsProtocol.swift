internal import Paillier
public import Shares
public import Specification

/// Weights of evidence and information values of feature parties' columns, from labels that stay encrypted.
public enum BinStatisticsProtocol {
    /// The text of `protocol.yaml`, as transcripts embed it.
    public static let specificationText = String(decoding: PackageResources.protocol_yaml, as: UTF8.self)
    /// What crosses each link, message by message.
    public static let specification = ProtocolSpecification(embedded: PackageResources.protocol_yaml)
}

/// What all parties agree on before they count; all of it is public.
public struct BinStatisticsParameters: Hashable, Sendable {
    /// Who has the labels.
    public let label: Party
    /// Who asks, in the job's order; at least one.
    public let features: [Party]
    /// Training rows, in the common order.
    public let rows: Int
    /// Bins of a column at most.
    public let bins: Int
    /// Bits of every party's Paillier modulus.
    public let keyBits: Int
    /// Whether anything is encrypted at all.
    public let isProtected: Bool
    /// Which attempt at the job this is: a part of every mask's name, so that none returns after a restart.
    public let attempt: Int

    /// Columns that one feature party may ask about.
    public static let columnLimit = 1 << 16

    /// Rows and bins of at least one.
    public init(label: Party, features: [Party], rows: Int, bins: Int, keyBits: Int, isProtected: Bool, attempt: Int) {
        precondition(
            rows > 0 && bins > 0 && !features.isEmpty && !features.contains(label), "somebody asks, of something")
        (self.label, self.features, self.rows, self.bins) = (label, features, rows, bins)
        (self.keyBits, self.isProtected, self.attempt) = (keyBits, isProtected, attempt)
    }

    /// The session plan.
    ///
    /// - Throws: `SharesError.unboundedSize`.
    public func plan() throws(SharesError) -> SessionPlan {
        SessionPlan(
            protocolName: BinStatisticsProtocol.specification.name,
            version: BinStatisticsProtocol.specification.version,
            members: [.init(label, role: "label")] + features.map { .init($0, role: "feature") },
            dimensions: [
                "key-bits": keyBits, "rows": rows, "bins": bins,
                "slot-bits": try Product.binCounts(rows: rows).slotBits,
            ], runs: [.init(phase)])
    }

    /// Bits of the label party's key; `nil` where there is none.
    var keyBitsInUse: Int? { isProtected ? keyBits : nil }

    var phase: String { isProtected ? "count" : "plain-count" }

    /// Masks and slots of pairs of counts.
    func conversion() throws(SharesError) -> Conversion {
        try Conversion(.binCounts(rows: rows), columns: 2, keyBits: keyBits)
    }

    /// The name of a draw.
    func draw(_ step: String) -> String { "bin-statistics/\(attempt)/\(step)" }
}

/// How many rows fall into a bin, and how many of these are events.
public struct BinCount: Hashable, Sendable {
    /// Rows with a label.
    public var rows: Int
    /// Those of label 1.
    public var events: Int

    /// A count as it is.
    public init(rows: Int, events: Int) { (self.rows, self.events) = (rows, events) }
}

/// What the label party tells of one column.
public struct BinnedColumnStatistics: Equatable, Sendable {
    /// Its information value.
    public var informationValue: Double
    /// The weight of evidence of each bin; `nil` where it was not asked for.
    public var weights: [Double]?

    /// A value with weights.
    public init(informationValue: Double, weights: [Double]?) {
        (self.informationValue, self.weights) = (informationValue, weights)
    }
}
