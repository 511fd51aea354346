import Arithmetic
import Models

/// A whole model over columns that lie in one place and train together.
struct ColocatedModel {
    /// The lower layer.
    private(set) var source: PlainSource
    /// The rest.
    private(set) var top: TopModel
    let descent: SourceDescent

    /// Learns from one batch and returns its mean loss before the step.
    mutating func descend(
        _ batch: SourceRows, own: Matrix<Double>? = nil, targets: [Double]
    ) throws(ModelsError) -> Double {
        let step = try top.descend(z: source(batch), own: own, targets: targets)
        source.descend(batch, gradient: step.gradient, by: descent)
        return step.loss
    }

    /// What is predicted of each row.
    func predict(_ batch: SourceRows, own: Matrix<Double>? = nil) -> Matrix<Double> {
        top.predict(z: source(batch), own: own)
    }
}
