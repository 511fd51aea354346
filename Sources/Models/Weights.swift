public import Arithmetic
import Tensors

/// Mini-batch stochastic gradient descent with momentum.
///
/// In the order of the protected source layers: gradients are summed over the batch, not averaged; the batch size
/// enters with the rate, once, where the step is taken.
public struct SGD: Hashable, Codable, Sendable {
    /// The learning rate.
    public let rate: Double
    /// How much of the velocity is kept from one batch to the next.
    public let momentum: Double

    /// - Parameters:
    ///   - rate: above 0.
    ///   - momentum: at least 0, below 1.
    public init(rate: Double, momentum: Double = 0) {
        precondition(rate > 0 && rate.isFinite && (0..<1).contains(momentum), "a rate above 0, a momentum in 0 ..< 1")
        self.rate = rate
        self.momentum = momentum
    }
}

/// A matrix that is learned, with the velocity of its descent.
public struct Weights: Equatable, Sendable {
    /// The current values.
    public private(set) var values: Matrix<Double>
    private var velocity: Matrix<Double>

    /// At rest.
    public init(_ values: Matrix<Double>) {
        self.values = values
        velocity = Matrix(rows: values.rows, columns: values.columns, repeating: 0)
    }

    /// One step: `velocity <- momentum velocity + gradient`, `values <- values - rate / batch velocity`.
    ///
    /// - Parameters:
    ///   - gradient: summed over the rows of the batch; of the same shape.
    ///   - batch: the number of these rows. The velocity holds sums of earlier batches, so that a batch much smaller
    ///     than they were would take an outsized step: schedules cut an epoch evenly.
    public mutating func descend(_ gradient: Matrix<Double>, batch: Int, _ optimizer: SGD) {
        precondition(batch > 0, "a batch has rows")
        velocity = velocity.combined(with: gradient) { optimizer.momentum * $0 + $1 }
        let step = optimizer.rate / Double(batch)
        values = values.combined(with: velocity) { $0 - step * $1 }
    }
}

extension Weights: Codable {
    private enum CodingKeys: CodingKey { case rows, columns, values, velocity }

    /// - Throws: `DecodingError` where counts and shape disagree.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let rows = try container.decode(Int.self, forKey: .rows)
        let columns = try container.decode(Int.self, forKey: .columns)
        func matrix(_ key: CodingKeys) throws -> Matrix<Double> {
            let elements = try container.decode([Double].self, forKey: key)
            let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
            guard rows >= 0 && columns >= 0 && !overflow && elements.count == count else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "\(elements.count) elements for \(rows) x \(columns)")
            }
            return Matrix(rows: rows, columns: columns, elements: elements)
        }
        values = try matrix(.values)
        velocity = try matrix(.velocity)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(values.rows, forKey: .rows)
        try container.encode(values.columns, forKey: .columns)
        try container.encode(values.elements, forKey: .values)
        try container.encode(velocity.elements, forKey: .velocity)
    }
}
