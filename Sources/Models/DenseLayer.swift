public import Arithmetic
import Tensors

/// `outputs = inputs weights + bias`, one row for each row of the batch.
public struct DenseLayer: Equatable, Codable, Sendable {
    /// Inputs x outputs.
    public private(set) var weights: Weights
    /// 1 x outputs.
    public private(set) var bias: Weights

    /// A layer with the given weights and bias.
    public init(weights: Matrix<Double>, bias: Matrix<Double>) {
        precondition(bias.rows == 1 && bias.columns == weights.columns, "a bias is one row, one value an output")
        self.weights = Weights(weights)
        self.bias = Weights(bias)
    }

    /// Weights uniform with variance `2 / inputs` for a following ReLU (He et al., ICCV 2015), else `1 / inputs`; bias 0.
    ///
    /// - Throws: what the initializer's stream throws.
    init(inputs: Int, outputs: Int, rectified: Bool, from initializer: Initializer) throws {
        // The variance of a uniform value in ±b is b²/3.
        let bound = ((rectified ? 6 : 3) / Double(inputs)).squareRoot()
        self.init(
            weights: try initializer.uniform(rows: inputs, columns: outputs, bound: bound),
            bias: Matrix(rows: 1, columns: outputs, repeating: 0))
    }

    var outputs: Int { weights.values.columns }

    func callAsFunction(_ inputs: Matrix<Double>) -> Matrix<Double> {
        inputs.multiplied(by: weights.values).addingToEveryRow(bias.values)
    }

    /// Descends along the gradient of the outputs and returns the gradient of the inputs, at the weights before the step.
    mutating func descend(
        inputs: Matrix<Double>, gradient: Matrix<Double>, _ optimizer: SGD
    ) -> Matrix<Double> {
        let inputGradient = gradient.multipliedByTransposed(weights.values)
        weights.descend(inputs.transposedMultiplied(by: gradient), batch: inputs.rows, optimizer)
        bias.descend(gradient.summedRows(), batch: inputs.rows, optimizer)
        return inputGradient
    }
}
