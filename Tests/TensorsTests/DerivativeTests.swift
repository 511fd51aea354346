import Tensors
import Testing

@Suite struct DerivativeTests {
    /// Central differences of two steps, combined so that only the fourth power of the step is left of their error.
    @Test(arguments: OperationCase.all)
    func agreesWithFiniteDifferences(operation: OperationCase) {
        let evaluation = Evaluation(
            operation.build, operation.inputs, operation.indices, weights: OperationCase.weights)
        for (input, gradient) in evaluation.gradients.enumerated() {
            #expect(gradient.shape == operation.inputs[input].shape)
            for index in 0..<gradient.shape.count {
                let (wide, narrow) = (
                    slope(operation, input, index, step: 0x1p-4), slope(operation, input, index, step: 0x1p-5)
                )
                let expected = (4 * narrow - wide) / 3
                let error = abs(Double(gradient[index]) - expected)
                #expect(error < 2e-4 * max(1, abs(expected)), "input \(input), element \(index): \(expected)")
            }
        }
    }

    /// The difference quotient of `Σ weights output` along one element, summed in double precision.
    private func slope(_ operation: OperationCase, _ input: Int, _ index: Int, step: Float) -> Double {
        var (above, below) = (operation.inputs, operation.inputs)
        above[input][index] += step
        below[input][index] -= step
        let weights = OperationCase.weights
        let upper = Evaluation(operation.build, above, operation.indices, weights: weights).output
        let lower = Evaluation(operation.build, below, operation.indices, weights: weights).output
        let difference = zip(zip(upper.elements, lower.elements), weights(upper.shape).elements).reduce(0.0) {
            $0 + Double($1.1) * (Double($1.0.0) - Double($1.0.1))
        }
        return difference / (Double(above[input][index]) - Double(below[input][index]))
    }
}
