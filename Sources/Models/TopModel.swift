public import Arithmetic
import Glibc
import Tensors

/// What the label party computes from the opened output Z of the source layer, in the clear and alone: one logit a row.
///
/// A pure value; nothing of it is ever sent but the gradient of Z, and that encrypted.
public enum TopModel: Equatable, Codable, Sendable {
    /// `logit = Z + bias`; Z has one column, the bias is 1 x 1.
    case logistic(bias: Weights)
    /// Dense layers with ReLU between them; the last has one output. Z itself passes no ReLU: a source layer of width 2
    /// would lose a quarter of the plane to it.
    case mlp(layers: [DenseLayer])

    /// The largest magnitude of a gradient of Z: what it may be at 20 fraction bits, where |dZ| < 4.
    public static let gradientBound = 4 - 0x1p-20

    /// Logistic regression with a bias of 0.
    public static var logistic: TopModel { .logistic(bias: Weights(Matrix(rows: 1, columns: 1, repeating: 0))) }

    /// Hidden layers with ReLU and an output of one logit.
    ///
    /// - Parameters:
    ///   - width: the columns of Z.
    ///   - hidden: the size of each hidden layer, at least one.
    /// - Throws: what the initializer's stream throws.
    public static func mlp(width: Int, hidden: [Int], from initializer: Initializer) throws -> TopModel {
        precondition(width > 0 && !hidden.isEmpty && hidden.allSatisfy { $0 > 0 }, "every layer has a size")
        var layers: [DenseLayer] = []
        for (inputs, outputs) in zip([width] + hidden, hidden) {
            layers.append(try DenseLayer(inputs: inputs, outputs: outputs, rectified: true, from: initializer))
        }
        layers.append(try DenseLayer(inputs: hidden[hidden.count - 1], outputs: 1, rectified: false, from: initializer))
        return .mlp(layers: layers)
    }

    /// The columns that Z must have.
    public var width: Int {
        switch self {
        case .logistic: 1
        case .mlp(let layers): layers[0].weights.values.rows
        }
    }

    /// The logit of each row of Z (rows x ``width``).
    public func logits(_ opened: Matrix<Double>) -> [Double] {
        precondition(opened.columns == width, "Z is as wide as the source layer")
        return inputs(opened).logits.elements
    }

    /// The probability that each row's label is 1.
    public func probabilities(_ opened: Matrix<Double>) -> [Double] { logits(opened).map(Self.sigmoid) }

    /// The mean logistic loss of the rows: `log(1 + exp(logit)) - label logit`.
    public func loss(_ opened: Matrix<Double>, labels: [Double]) -> Double {
        precondition(opened.rows == labels.count && !labels.isEmpty, "one label for each row")
        return Self.loss(logits(opened), labels)
    }

    /// What one batch gives: the loss before the step, and the gradient that the source layer descends along.
    public struct Step: Equatable, Sendable {
        /// Mean over the rows of the batch.
        public let loss: Double
        /// dZ, rows x width: the derivative of the *sum* of the rows' losses, not divided by their number; clipped to
        /// ±``TopModel/gradientBound``.
        public let gradient: Matrix<Double>
    }

    /// Learns from one batch: returns loss and dZ at the present parameters, then moves them.
    ///
    /// - Parameters:
    ///   - opened: Z, rows x ``width``.
    ///   - labels: 0 or 1, one for each row.
    /// - Throws: ``ModelsError/diverged``; the model is then as it was.
    public mutating func descend(
        _ opened: Matrix<Double>, labels: [Double], _ optimizer: SGD
    ) throws(ModelsError) -> Step {
        precondition(
            opened.columns == width && opened.rows == labels.count && !labels.isEmpty, "one label for each row")
        let (inputs, logits) = inputs(opened)
        let loss = Self.loss(logits.elements, labels)
        guard loss.isFinite else { throw .diverged }
        var gradient = Matrix(
            rows: labels.count, columns: 1, elements: zip(logits.elements, labels).map { Self.sigmoid($0) - $1 })

        let next: TopModel
        switch self {
        case .logistic(var bias):
            bias.descend(gradient.summedRows(), batch: labels.count, optimizer)
            next = .logistic(bias: bias)
        case .mlp(var layers):
            for index in layers.indices.reversed() {
                gradient = layers[index].descend(inputs: inputs[index], gradient: gradient, optimizer)
                // The derivative of ReLU, read off its output; Z passed none.
                if index > 0 { gradient = gradient.combined(with: inputs[index]) { $1 > 0 ? $0 : 0 } }
            }
            next = .mlp(layers: layers)
        }
        guard gradient.elements.allSatisfy(\.isFinite) else { throw .diverged }
        self = next
        let bound = Self.gradientBound
        return Step(loss: loss, gradient: gradient.map { min(max($0, -bound), bound) })
    }

    /// What enters each layer, and the logits that leave the last one.
    private func inputs(_ opened: Matrix<Double>) -> (inputs: [Matrix<Double>], logits: Matrix<Double>) {
        switch self {
        case .logistic(let bias):
            return ([], opened.addingToEveryRow(bias.values))
        case .mlp(let layers):
            var inputs = [opened]
            for layer in layers.dropLast() { inputs.append(layer(inputs[inputs.count - 1]).map { max($0, 0) }) }
            return (inputs, layers[layers.count - 1](inputs[inputs.count - 1]))
        }
    }

    private static func loss(_ logits: [Double], _ labels: [Double]) -> Double {
        // max(x, 0) + log(1 + exp(-|x|)) is log(1 + exp(x)) without overflow.
        let losses = zip(logits, labels).lazy.map { max($0, 0) + log1p(exp(-abs($0))) - $1 * $0 }
        return losses.reduce(0, +) / Double(labels.count)
    }

    private static func sigmoid(_ logit: Double) -> Double {
        let tail = exp(-abs(logit))
        return (logit >= 0 ? 1 : tail) / (1 + tail)
    }
}
