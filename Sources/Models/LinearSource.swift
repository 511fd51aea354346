public import Arithmetic
import Tensors

/// The source layer in the clear: `Z = X W`, W in one place.
///
/// What the protected source layers compute on shares, without protection: for jobs that say `protection: none`, where
/// each party holds its own rows of W, and for the baselines of reports.
public struct LinearSource: Equatable, Codable, Sendable {
    /// Columns of X x width.
    public private(set) var weights: Weights

    /// A layer with the given weights (columns of X x width).
    public init(weights: Matrix<Double>) { self.weights = Weights(weights) }

    /// `X W`, rows x width.
    public func callAsFunction(_ features: Matrix<Double>) -> Matrix<Double> {
        features.multiplied(by: weights.values)
    }

    /// Descends along `Xᵀ dZ`.
    ///
    /// - Parameter gradient: dZ, summed over the batch as ``TopModel/Step/gradient`` is.
    public mutating func descend(_ features: Matrix<Double>, gradient: Matrix<Double>, _ optimizer: SGD) {
        weights.descend(features.transposedMultiplied(by: gradient), batch: features.rows, optimizer)
    }
}

/// A whole model over columns that lie in one place: the baseline that a federated model is compared with.
public struct ColocatedModel: Equatable, Codable, Sendable {
    /// The lower layer.
    public private(set) var source: LinearSource
    /// The rest.
    public private(set) var top: TopModel

    /// Both parts as they are; the source layer is as wide as the top model takes.
    public init(source: LinearSource, top: TopModel) {
        precondition(source.weights.values.columns == top.width, "the top model takes what the source layer gives")
        self.source = source
        self.top = top
    }

    /// The probability that each row's label is 1.
    public func probabilities(_ features: Matrix<Double>) -> [Double] { top.probabilities(source(features)) }

    /// Learns from one batch and returns its mean loss before the step.
    ///
    /// - Throws: ``ModelsError/diverged``.
    public mutating func descend(
        _ features: Matrix<Double>, labels: [Double], _ optimizer: SGD
    ) throws(ModelsError) -> Double {
        let step = try top.descend(source(features), labels: labels, optimizer)
        source.descend(features, gradient: step.gradient, optimizer)
        return step.loss
    }
}
