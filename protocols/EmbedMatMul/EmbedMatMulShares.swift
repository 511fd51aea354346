internal import Arithmetic
public import Cryptography
public import Shares
public import Specification

// Of a party q's table Q_q = S_q + T_q and weights W_q = U_q + V_q, all modulo 2^128, q itself holds S_q and U_q. T_q and V_q
// are with the label party, where q is a feature party; those of the label party are with its partner. Initialisation is
// crossed: nobody ever holds both shares of anything, not even of its own table.

/// One side's shares of one party's table and weights. Secret towards everybody else.
public struct EmbedMatMulPart: Equatable, Sendable {
    /// Of the table, one row for each category.
    public var table: WideWeightShare
    /// Of the weights, one row for each embedded column, field by field.
    public var weights: WideWeightShare

    /// Shares as they were saved.
    public init(table: WideWeightShare, weights: WideWeightShare) {
        self.table = table
        self.weights = weights
    }
}

/// What a feature party holds of the layer between rounds.
public struct EmbedMatMulFeatureShares: Equatable, Sendable {
    /// S_p and U_p.
    public var own: EmbedMatMulPart
    /// T_B and V_B: at the partner only.
    public var label: EmbedMatMulPart?
    /// The optimiser, without weight decay.
    public var optimiser: ShareOptimiser
    /// How many updates the shares have had: all parties' must have had as many.
    public var version: Int

    /// Shares as they were saved.
    public init(own: EmbedMatMulPart, label: EmbedMatMulPart?, optimiser: ShareOptimiser, version: Int) {
        self.own = own
        self.label = label
        self.optimiser = optimiser
        self.version = version
    }
}

/// What the label party holds of the layer between rounds.
public struct EmbedMatMulLabelShares: Equatable, Sendable {
    /// S_B and U_B; none where the label party has no fields.
    public var own: EmbedMatMulPart?
    /// T_p and V_p of each feature party, in the job's order.
    public var features: [EmbedMatMulPart]
    /// The optimiser, without weight decay.
    public var optimiser: ShareOptimiser
    /// How many updates the shares have had: all parties' must have had as many.
    public var version: Int

    /// Shares as they were saved.
    public init(own: EmbedMatMulPart?, features: [EmbedMatMulPart], optimiser: ShareOptimiser, version: Int) {
        self.own = own
        self.features = features
        self.optimiser = optimiser
        self.version = version
    }
}

/// Bounds of uniform initial shares, at scale 2^20. Tables and weights are sums of two of them.
public struct EmbedMatMulInitialBounds: Hashable, Sendable {
    /// Of S and T.
    public let tables: Int64
    /// Of U and V.
    public let weights: Int64

    /// Bounds as given.
    public init(tables: Int64, weights: Int64) {
        self.tables = tables
        self.weights = weights
    }

    /// Bounds under which tables and weights have these standard deviations.
    public init(tableDeviation: Double, weightDeviation: Double) {
        func bound(_ deviation: Double) -> Int64 {
            Int64((deviation * 1.5.squareRoot() * Double(1 << FixedPoint.fractionBits)).rounded())
        }
        self.init(tables: bound(tableDeviation), weights: bound(weightDeviation))
    }
}

extension EmbedMatMulPart {
    /// Draws one side's shares of a member's table and weights.
    ///
    /// - Parameter names: Of the table's and of the weights' shares: S and U at the member itself, T and V at the other side.
    fileprivate init(
        _ names: (table: String, weights: String), of member: EmbedMatMulParameters.Member, by party: Party,
        _ parameters: EmbedMatMulParameters, bounds: EmbedMatMulInitialBounds, random: any RandomSource
    ) throws {
        func draw(_ name: String, rows: Int, columns: Int, bound: Int64) throws -> WideWeightShare {
            let stream = try random.stream("embed/init/\(name)_\(member.party)/\(party)")
            return WideWeightShare(
                stream.initialShares(rows: rows, columns: columns, bound: bound, of: Int128.self))
        }
        table = try draw(
            names.table, rows: member.tableRows, columns: parameters.dimension, bound: bounds.tables)
        weights = try draw(
            names.weights, rows: parameters.columns(member), columns: parameters.width, bound: bounds.weights)
    }
}

extension EmbedMatMulFeatureShares {
    /// Draws a feature party's shares of a new layer.
    public init(
        of party: Party, _ parameters: EmbedMatMulParameters, bounds: EmbedMatMulInitialBounds,
        optimiser: ShareOptimiser, random: any RandomSource
    ) throws {
        let me = try parameters.feature(party)
        own = try EmbedMatMulPart(("S", "U"), of: me, by: party, parameters, bounds: bounds, random: random)
        if party == parameters.partner {
            label = try EmbedMatMulPart(
                ("T", "V"), of: parameters.label, by: party, parameters, bounds: bounds, random: random)
        }
        self.optimiser = optimiser
        version = 0
    }
}

extension EmbedMatMulLabelShares {
    /// Draws the label party's shares of a new layer.
    public init(
        _ parameters: EmbedMatMulParameters, bounds: EmbedMatMulInitialBounds, optimiser: ShareOptimiser,
        random: any RandomSource
    ) throws {
        let me = parameters.label
        if parameters.partner != nil {
            own = try EmbedMatMulPart(("S", "U"), of: me, by: me.party, parameters, bounds: bounds, random: random)
        }
        features = try parameters.features.map {
            try EmbedMatMulPart(("T", "V"), of: $0, by: me.party, parameters, bounds: bounds, random: random)
        }
        self.optimiser = optimiser
        version = 0
    }
}
