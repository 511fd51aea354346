internal import Paillier
public import Shares
public import Specification

/// Pearson's correlations between columns of all parties, opened at the label party alone.
///
/// A job has one session that announces, one for each feature party that correlates, in the job's order, and one that answers.
public enum CorrelationProtocol {
    /// The text of `protocol.yaml`, as transcripts embed it.
    public static let specificationText = String(decoding: PackageResources.protocol_yaml, as: UTF8.self)
    /// What crosses each link, message by message.
    public static let specification = ProtocolSpecification(embedded: PackageResources.protocol_yaml)

    /// Columns that one party may bring.
    public static let columnLimit = 1 << 12

    /// The plan of the session in which every party says how many columns it has.
    public static func announcement(label: Party, features: [Party], keyBits: Int) -> SessionPlan {
        plan(
            [.init(label, role: "label")] + features.map { .init($0, role: "owner") }, ["key-bits": keyBits],
            ["announce"])
    }

    /// The plan of the session in which the label party answers feature parties.
    ///
    /// - Parameter columns: Of each of them, in the job's order: at least one.
    public static func answer(label: Party, columns: [(party: Party, count: Int)], keyBits: Int) -> SessionPlan {
        var dimensions = ["key-bits": keyBits]
        for (party, count) in columns { dimensions["columns[\(party)]"] = count }
        return plan(
            [.init(label, role: "label")] + columns.map { .init($0.party, role: "owner") }, dimensions, ["answer"])
    }

    static func plan(
        _ members: [SessionPlan.Member], _ dimensions: [String: Int], _ phases: [String]
    ) -> SessionPlan {
        SessionPlan(
            protocolName: specification.name, version: specification.version, members: members, dimensions: dimensions,
            runs: phases.map { .init($0) })
    }

    static func header(
        _ step: String, in phase: String, _ kind: Kind, _ shape: [Int], under packing: Packing? = nil,
        of owner: Party? = nil
    ) -> FrameHeader {
        FrameHeader(
            protocolName: specification.name, phase: phase, round: 0, step: step, kind: kind, keyOwner: owner,
            shape: shape,
            slotBits: packing?.slotBits ?? 0, slots: packing?.slots ?? 0)
    }
}

/// What all parties agree on before one feature party's columns are correlated; all of it is public.
public struct CorrelationParameters: Hashable, Sendable {
    /// A party and how many columns it has.
    public struct Member: Hashable, Sendable {
        /// Who.
        public let party: Party
        /// Numeric columns that vary.
        public let columns: Int

        /// A party with its columns.
        public init(_ party: Party, columns: Int) { (self.party, self.columns) = (party, columns) }
    }

    /// Who opens; the only one that may have no column.
    public let label: Member
    /// Whose columns are encrypted.
    public let owner: Member
    /// The feature parties after it, in the job's order.
    public let partners: [Member]
    /// Training rows, in the common order.
    public let rows: Int
    /// Bits of every party's Paillier modulus.
    public let keyBits: Int
    /// Whether anything is encrypted at all.
    public let isProtected: Bool
    /// Which attempt at the job this is: a part of every mask's name, so that none returns after a restart.
    public let attempt: Int

    /// Rows, and columns of all but the label party, of at least one and at most ``CorrelationProtocol/columnLimit``.
    public init(
        label: Member, owner: Member, partners: [Member], rows: Int, keyBits: Int, isProtected: Bool, attempt: Int
    ) {
        let limits = 1...CorrelationProtocol.columnLimit
        precondition(
            rows > 0 && ([owner] + partners).allSatisfy { limits.contains($0.columns) }
                && (0...CorrelationProtocol.columnLimit).contains(label.columns), "there is something to correlate")
        (self.label, self.owner, self.partners, self.rows) = (label, owner, partners, rows)
        (self.keyBits, self.isProtected, self.attempt) = (keyBits, isProtected, attempt)
    }

    /// The session plan.
    ///
    /// - Throws: `SharesError.unboundedSize`.
    public func plan() throws(SharesError) -> SessionPlan {
        var dimensions = [
            "key-bits": keyBits, "rows": rows, "slot-bits": try Product.correlation(rows: rows).slotBits,
            "columns-of-partners": partnerColumns,
        ]
        for member in [label, owner] + partners { dimensions["columns[\(member.party)]"] = member.columns }
        let phases = (label.columns > 0 ? [withLabel] : []) + (partners.isEmpty ? [] : [withPartners]) + [Self.within]
        return CorrelationProtocol.plan(
            [.init(label.party, role: "label"), .init(owner.party, role: "owner")]
                + partners.map { .init($0.party, role: "partner") }, dimensions, phases)
    }

    /// Columns of all partners together.
    var partnerColumns: Int { partners.reduce(0) { $0 + $1.columns } }

    /// Bits of the owner's key; `nil` where there is none.
    var keyBitsInUse: Int? { isProtected ? keyBits : nil }

    // MARK: - Phases

    static let within = "within"
    var withLabel: String { isProtected ? "with-label" : "plain-with-label" }
    var withPartners: String { isProtected ? "with-partners" : "plain-with-partners" }

    // MARK: - Numbers

    /// Masks and slots of sums, one for each of the owner's columns in a row.
    func conversion() throws(SharesError) -> Conversion {
        try Conversion(.correlation(rows: rows), columns: owner.columns, keyBits: keyBits)
    }

    /// The name of a draw: of the masks between two parties, or of the owner's ciphertexts.
    func draw(_ step: String) -> String { "correlation/\(attempt)/\(owner.party)/\(step)" }
}

/// What the label party learns of one feature party's columns, the owner's.
public struct OwnedCorrelations: Equatable, Sendable {
    /// Of each of the label party's columns with each of the owner's.
    public var withLabel: [[Double]]
    /// Of each column of each partner with each of the owner's.
    public var withPartners: [Party: [[Double]]]
    /// Of the owner's columns with each other.
    public var within: [[Double]]
    /// Of each of the owner's columns.
    public var informationValues: [Double]
}

/// What becomes of one column of a feature party, as the label party tells it.
public struct ColumnAnswer: Equatable, Sendable {
    /// What becomes of it.
    public enum Fate: Equatable, Sendable {
        case stays
        /// Goes for its correlation with this one of the same party's columns, counted from 0; `nil`: with another party's.
        case alike(Int?)
        /// Goes for its variance inflation.
        case inflated
    }

    /// What becomes of it.
    public var fate: Fate
    /// One divided by its variance inflation among all columns: 0 to 1.
    public var tolerance: Double
    /// The same when the choice was over for this column.
    public var lastTolerance: Double

    /// An answer as it is.
    public init(fate: Fate, tolerance: Double, lastTolerance: Double) {
        (self.fate, self.tolerance, self.lastTolerance) = (fate, tolerance, lastTolerance)
    }
}
