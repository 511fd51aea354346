public import Arithmetic

/// A matrix under training in the clear, with the velocity of its descent: what `TrainedShare` of Shares is to a share.
public struct TrainedMatrix: Hashable, Sendable {
    /// How many rows.
    public let rows: Int
    /// How many columns.
    public let columns: Int
    /// Row-major.
    private(set) var elements: [Double]
    /// Row-major; empty at rest.
    private var velocity: [Double] = []

    /// At rest.
    public init(_ values: Matrix<Double>) {
        (rows, columns, elements) = (values.rows, values.columns, values.elements)
    }

    /// The current values.
    public var values: Matrix<Double> { Matrix(rows: rows, columns: columns, elements: elements) }

    /// One step: `velocity <- momentum velocity + gradient`, `values <- (1 - rate decay) values - rate / batch velocity`.
    ///
    /// Without momentum there is no velocity, and only what `addGradient` touches is visited.
    ///
    /// - Parameters:
    ///   - batch: the number of rows over which the gradient is summed. The velocity holds sums of earlier batches, so
    ///     that a batch much smaller than they were would take an outsized step: schedules cut an epoch evenly.
    ///   - addGradient: adds so many times the gradient to a matrix of this shape.
    mutating func descend(
        batch: Int, by descent: SourceDescent, _ addGradient: (_ factor: Double, _ target: inout [Double]) -> Void
    ) {
        precondition(batch > 0, "a batch has rows")
        let step = descent.rate / Double(batch)
        if descent.decay > 0 { scale(&elements, by: 1 - descent.rate * descent.decay) }
        guard descent.momentum > 0 else {
            velocity = []
            addGradient(-step, &elements)
            return
        }
        if velocity.isEmpty { velocity = Array(repeating: 0, count: elements.count) }
        scale(&velocity, by: descent.momentum)
        addGradient(1, &velocity)
        add(velocity, times: -step, to: &elements)
    }
}

private func scale(_ values: inout [Double], by factor: Double) {
    for index in values.indices { values[index] *= factor }
}

private func add(_ values: [Double], times factor: Double, to target: inout [Double]) {
    for index in target.indices { target[index] += factor * values[index] }
}

extension TrainedMatrix: Codable {
    private enum CodingKeys: CodingKey { case rows, columns, values, velocity }

    /// - Throws: `DecodingError` where counts and shape disagree.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        rows = try container.decode(Int.self, forKey: .rows)
        columns = try container.decode(Int.self, forKey: .columns)
        elements = try container.decode([Double].self, forKey: .values)
        velocity = try container.decode([Double].self, forKey: .velocity)
        let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
        guard rows >= 0 && columns >= 0 && !overflow && elements.count == count,
            velocity.isEmpty || velocity.count == count
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .values, in: container,
                debugDescription: "\(elements.count) values and \(velocity.count) velocities for \(rows) x \(columns)")
        }
    }

    /// Values and velocity, row-major.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(rows, forKey: .rows)
        try container.encode(columns, forKey: .columns)
        try container.encode(elements, forKey: .values)
        try container.encode(velocity, forKey: .velocity)
    }
}
