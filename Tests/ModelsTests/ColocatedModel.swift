import Arithmetic
import Models

/// A whole model over columns that lie in one place and train together.
struct ColocatedModel: Equatable {
    /// The lower layer.
    private(set) var source: LinearSource
    /// The rest.
    private(set) var top: TopModel

    /// Both parts as they are; the source layer is as wide as the top model takes.
    init(source: LinearSource, top: TopModel) {
        precondition(source.weights.values.columns == top.width, "the top model takes what the source layer gives")
        self.source = source
        self.top = top
    }

    /// The probability that each row's label is 1.
    func probabilities(_ features: Matrix<Double>) -> [Double] { top.probabilities(source(features)) }

    /// Learns from one batch and returns its mean loss before the step.
    ///
    /// - Throws: ``ModelsError/diverged``.
    mutating func descend(
        _ features: Matrix<Double>, labels: [Double], _ optimizer: SGD
    ) throws(ModelsError) -> Double {
        let step = try top.descend(source(features), labels: labels, optimizer)
        source.descend(features, gradient: step.gradient, optimizer)
        return step.loss
    }
}
