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
