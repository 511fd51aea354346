internal import Arithmetic
internal import Paillier
public import Shares
public import SourceLayers
public import Specification

/// What all parties agree on before an Embed-MatMul layer starts; all of it is public.
public struct EmbedMatMulParameters: Hashable, Sendable {
    /// A party and the sizes of its categorical fields.
    public struct Member: Hashable, Sendable {
        public let party: Party
        /// How many fields it has.
        public let fields: Int
        /// Rows of its table: the categories of all its fields together. How many each field has is its own business.
        public let tableRows: Int

        /// A party with its number of fields, and of categories in all of them.
        public init(_ party: Party, fields: Int, tableRows: Int) {
            self.party = party
            self.fields = fields
            self.tableRows = tableRows
        }
    }

    /// What becomes of the parties' shares of Z.
    public enum Opening: Hashable, Sendable {
        /// The label party opens Z.
        case own
        /// Every party keeps its share, to be opened together with another layer's Z.
        case joined
    }

    /// Who opens Z. It may have no fields.
    public let label: Member
    /// The parties with categorical fields, in the job's order, which decides who adds and who subtracts a pair's mask.
    public let features: [Member]
    /// The feature party that shares the label party's table and weights; none where the label party has no fields.
    public let partner: Party?
    /// Numbers that a category is embedded as.
    public let dimension: Int
    /// Columns of Z.
    public let width: Int
    /// Bits of every party's Paillier modulus.
    public let keyBits: Int
    /// Which attempt at the job this is: a part of every mask's name, so that none returns after a restart.
    public let attempt: Int
    /// Whether Z is opened here.
    public let opening: Opening
    /// How many rows of its table each party with fields lists in every round, so that only those travel; `nil` where all do. What
    /// lists give away: README.md, section Listed rows.
    public let listed: [Party: Int]?
    /// How many updates the weights have had before, at every party.
    public let weightVersion: Int

    /// Rows of the largest batch that trains: the slots of gradients are this wide.
    public static let batchLimit = 1 << 8

    /// Every party once; feature parties with at least one field, the label party with none or some; a category or more for each
    /// field, and tables of at most 2^24 rows; lists of every party with fields or of none.
    ///
    /// - Throws: ``SourceLayerError/invalidParameters(_:)``.
    public init(
        label: Member, features: [Member], partner: Party?, dimension: Int, width: Int, keyBits: Int, attempt: Int,
        opening: Opening = .own, listed: [Party: Int]? = nil, weightVersion: Int = 0
    ) throws(SourceLayerError) {
        self.label = label
        self.features = features
        self.partner = partner
        self.dimension = dimension
        self.width = width
        self.keyBits = keyBits
        self.attempt = attempt
        self.opening = opening
        self.listed = listed
        self.weightVersion = weightVersion
        try checkParties()
        let hasFields = label.fields != 0 || label.tableRows != 0
        guard hasFields ? features.contains(where: { $0.party == partner }) : partner == nil else {
            throw .invalidParameters("a label party with fields has a feature party as its partner, others have none")
        }
        let sizes = 1...1 << 24
        let owners = features + (hasFields ? [label] : [])
        for member in owners {
            guard sizes.contains(member.fields), sizes.contains(member.tableRows), member.fields <= member.tableRows
            else { throw .invalidParameters("a party has fields, and for each a category, 1 to 2^24 in all") }
        }
        guard (1...1 << 12).contains(dimension), sizes.contains(width), attempt >= 0, weightVersion >= 0 else {
            throw .invalidParameters(
                "dimension lies in 1 to 2^12, width in 1 to 2^24, attempts and updates count from 0")
        }
        try checkListed(by: owners)
    }
}

extension EmbedMatMulParameters {
    /// The session plan of a setup and these rounds: every size that crosses a link.
    ///
    /// - Throws: `SharesError.unboundedSize`.
    public func plan(_ runs: [LayerRun]) throws(SharesError) -> SessionPlan {
        var dimensions = [
            "key-bits": keyBits, "width": width, "dimension": dimension,
            "lookup-slot-bits": Product.embedLookup.slotBits, "weight-slot-bits": try weightGradient().slotBits,
            "table-slot-bits": try tableGradient().slotBits, ProtocolSpecification.weightVersion: weightVersion,
        ]
        for member in members {
            dimensions["fields[\(member.party)]"] = member.fields
            dimensions["table-rows[\(member.party)]"] = member.tableRows
            dimensions["updated-rows[\(member.party)]"] = updatedRows(member)
        }
        for feature in features {
            dimensions["forward-slot-bits[\(feature.party)]"] = try forward(feature).slotBits
        }
        for run in runs where run.phase == .train { try checkTraining(rows: run.rows) }
        return SessionPlan(
            protocolName: EmbedMatMulProtocol.specification.name, version: EmbedMatMulProtocol.specification.version,
            members: [.init(label.party, role: "label")]
                + features.map { .init($0.party, role: $0.party == partner ? "partner" : "feature") },
            dimensions: dimensions,
            runs: [.init(setupPrefix + "setup")]
                + runs.map { .init(phasePrefix + $0.phase.rawValue, count: $0.count, dimensions: ["rows": $0.rows]) })
    }
}

extension EmbedMatMulParameters {
    /// What the specification has before the name of the setup.
    var setupPrefix: String { listed == nil ? "" : "listed-" }

    /// What it has before the names of rounds.
    var phasePrefix: String {
        switch opening {
        case .own: setupPrefix
        case .joined: setupPrefix + "joined-"
        }
    }

    /// Embedded columns of a party.
    func columns(_ member: Member) -> Int { member.fields * dimension }
}

// MARK: - Bounds

extension EmbedMatMulParameters {
    /// Products of a feature party's embedded rows, and for the partner the label party's, with weights.
    func forward(_ feature: Member) throws(SharesError) -> Product {
        try .embedForward(ownTerms: columns(feature), labelTerms: columns(label))
    }

    func weightGradient() throws(SharesError) -> Product { try .embedWeightGradient(batch: Self.batchLimit) }

    func tableGradient() throws(SharesError) -> Product {
        try .embedTableGradient(batch: Self.batchLimit, width: width, dimension: dimension)
    }

    /// Refuses batches for whose gradients no bound is proved.
    func checkTraining(rows: Int) throws(SharesError) {
        guard (1...Self.batchLimit).contains(rows) else { throw .unboundedSize(rows, limit: Self.batchLimit) }
    }
}

// MARK: - Checks

extension EmbedMatMulParameters: LayerParameters {
    /// Weights stay as they are here: nothing applies the optimiser's alpha.
    func check(_ optimiser: ShareOptimiser) throws(SourceLayerError) {
        guard !optimiser.decays else { throw .invalidParameters("weight decay does not act on embeddings") }
    }

    func check(_ part: EmbedMatMulPart, of member: Member) throws(SharesError) {
        try part.table.requireShape(rows: member.tableRows, columns: dimension)
        try part.weights.requireShape(rows: columns(member), columns: width)
    }
}

extension EmbedMatMulParameters.Member: LayerMember {
    package var allRows: Int { tableRows }
}
