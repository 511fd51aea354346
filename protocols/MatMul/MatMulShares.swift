public import Arithmetic
public import Cryptography
public import Shares
public import Specification

// The layer's weights: W_p = alpha (U_p + V_p) of a feature party p, W_B = alpha (U_B + sum of V_Bp) of the label party B.
// Initialisation is crossed: nobody ever holds both shares of anything, not even of its own weights.

/// What a feature party holds of the layer between rounds. Secret towards everybody else.
public struct MatMulFeatureShares: Equatable, Sendable {
    /// U_p, its share of its own weights.
    public var weights: WeightShare
    /// V_Bp, its share of the label party's weights; never changes.
    public var labelWeights: Matrix<Int64>
    /// The optimiser, with the public factor of weight decay.
    public var optimiser: ShareOptimiser
    /// How many updates the shares have had: all parties' must have had as many.
    public var version: Int

    /// Shares as they were saved.
    public init(weights: WeightShare, labelWeights: Matrix<Int64>, optimiser: ShareOptimiser, version: Int) {
        self.weights = weights
        self.labelWeights = labelWeights
        self.optimiser = optimiser
        self.version = version
    }
}

/// What the label party holds of the layer between rounds. Secret towards everybody else.
public struct MatMulLabelShares: Equatable, Sendable {
    /// U_B, its share of its own weights.
    public var weights: WeightShare
    /// V_p, its share of each feature party's weights, in the job's order.
    public var featureWeights: [WeightShare]
    /// The optimiser, with the public factor of weight decay.
    public var optimiser: ShareOptimiser
    /// How many updates the shares have had: all parties' must have had as many.
    public var version: Int

    /// Shares as they were saved.
    public init(weights: WeightShare, featureWeights: [WeightShare], optimiser: ShareOptimiser, version: Int) {
        self.weights = weights
        self.featureWeights = featureWeights
        self.optimiser = optimiser
        self.version = version
    }
}

/// Bounds of uniform initial shares, at scale 2^20.
public struct MatMulInitialBounds: Hashable, Sendable {
    /// Of U_p and V_p.
    public let featureWeights: Int64
    /// Of U_B and every V_Bp.
    public let labelWeights: Int64

    /// Bounds as given.
    public init(featureWeights: Int64, labelWeights: Int64) {
        self.featureWeights = featureWeights
        self.labelWeights = labelWeights
    }

    /// Bounds under which the weights have this standard deviation: a feature party's weights are a sum of two uniform
    /// shares, the label party's of one more than there are feature parties.
    public init(standardDeviation: Double, featureParties: Int) {
        func bound(shares: Int) -> Int64 {
            let real = standardDeviation * (3 / Double(shares)).squareRoot()
            return Int64((real * Double(1 << FixedPoint.fractionBits)).rounded())
        }
        self.init(featureWeights: bound(shares: 2), labelWeights: bound(shares: featureParties + 1))
    }
}

extension MatMulFeatureShares {
    /// Draws a feature party's shares of a new layer (I2).
    public init(
        of party: Party, _ parameters: MatMulParameters, bounds: MatMulInitialBounds, optimiser: ShareOptimiser,
        random: any RandomSource
    ) throws {
        let columns = try parameters.feature(party).columns
        let own = try random.stream("matmul/init/U_\(party)/\(party)").initialShares(
            rows: columns, columns: parameters.width, bound: bounds.featureWeights)
        let labels = try random.stream("matmul/init/VB_\(party)/\(party)").initialShares(
            rows: parameters.label.columns, columns: parameters.width, bound: bounds.labelWeights)
        self.init(weights: WeightShare(own), labelWeights: labels, optimiser: optimiser, version: 0)
    }
}

extension MatMulLabelShares {
    /// Draws the label party's shares of a new layer (I2).
    public init(
        _ parameters: MatMulParameters, bounds: MatMulInitialBounds, optimiser: ShareOptimiser,
        random: any RandomSource
    ) throws {
        let label = parameters.label
        let own = try random.stream("matmul/init/U_\(label.party)/\(label.party)").initialShares(
            rows: label.columns, columns: parameters.width, bound: bounds.labelWeights)
        let features = try parameters.features.map { feature in
            try random.stream("matmul/init/V_\(feature.party)/\(label.party)").initialShares(
                rows: feature.columns, columns: parameters.width, bound: bounds.featureWeights)
        }
        self.init(
            weights: WeightShare(own), featureWeights: features.map { WeightShare($0) }, optimiser: optimiser,
            version: 0)
    }
}
