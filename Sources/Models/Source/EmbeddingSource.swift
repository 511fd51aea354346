public import Arithmetic

/// The Embed-MatMul source layer in the clear: `Z = E W`, where a row of E holds the table row of each categorical
/// field, side by side.
///
/// What the protected layer computes on shares, without protection; for the same uses as ``LinearSource``.
public struct EmbeddingSource: Hashable, Codable, Sendable {
    /// Rows of all fields' tables, one below the other, x dimension.
    public private(set) var tables: TrainedMatrix
    /// W, fields * dimension x width.
    public private(set) var weights: TrainedMatrix

    /// A layer as given.
    ///
    /// - Parameters:
    ///   - tables: table rows x dimension, which is above 0.
    ///   - weights: fields * dimension x width, for one field at least.
    public init(tables: Matrix<Double>, weights: Matrix<Double>) {
        precondition(Self.fit(tables.columns, weights.rows), "weights for whole embedded fields")
        (self.tables, self.weights) = (TrainedMatrix(tables), TrainedMatrix(weights))
    }

    /// Uniform tables and weights.
    ///
    /// - Parameters:
    ///   - tableRows: of all fields together.
    ///   - tableDeviation: the standard deviation of the tables.
    ///   - weightDeviation: that of the weights; nil for one under which Z has the tables'.
    /// - Throws: what the initializer's stream throws.
    public init(
        tableRows: Int, fields: Int, dimension: Int, width: Int, tableDeviation: Double = 0.1,
        weightDeviation: Double? = nil, from initializer: Initializer
    ) throws {
        let columns = fields * dimension
        self.init(
            tables: try initializer.uniform(rows: tableRows, columns: dimension, deviation: tableDeviation),
            weights: try initializer.uniform(
                rows: columns, columns: width, deviation: weightDeviation ?? 1 / Double(columns).squareRoot()))
    }

    /// - Throws: `DecodingError` where weights and tables do not fit.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        tables = try container.decode(TrainedMatrix.self, forKey: .tables)
        weights = try container.decode(TrainedMatrix.self, forKey: .weights)
        guard Self.fit(tables.columns, weights.rows) else {
            throw DecodingError.dataCorruptedError(
                forKey: .weights, in: container,
                debugDescription: "\(weights.rows) rows of weights for fields of dimension \(tables.columns)")
        }
    }

    private static func fit(_ dimension: Int, _ columns: Int) -> Bool {
        dimension > 0 && columns > 0 && columns % dimension == 0
    }

    /// Columns of the tables.
    public var dimension: Int { tables.columns }
    /// Categorical fields.
    public var fields: Int { weights.rows / tables.columns }
    /// Columns of Z.
    public var width: Int { weights.columns }

    /// `E W`, rows x ``width``.
    ///
    /// - Parameter lookups: for each row and field a row of the tables; traps on another.
    public func callAsFunction(_ lookups: Matrix<Int>) -> Matrix<Double> {
        Matrix(
            rows: lookups.rows, columns: width,
            elements: product(embedded(lookups), weights.elements, width: width, rows: lookups.rows))
    }

    /// Descends along `Eᵀ dZ`, and in the tables along the rows of `dZ Wᵀ`, both at the values before the step.
    ///
    /// - Parameters:
    ///   - lookups: rows x ``fields``.
    ///   - gradient: dZ, rows x ``width``, summed over the batch as ``TopModel/Step/gradient`` is.
    public mutating func descend(_ lookups: Matrix<Int>, gradient: Matrix<Double>, by descent: SourceDescent) {
        let descent = descent.withoutDecay
        precondition(gradient.rows == lookups.rows && gradient.columns == width, "one row of dZ for each row")
        let embedded = embedded(lookups)
        let (rows, dimension) = (lookups.rows, dimension)
        let derivative = transposedProduct(gradient, weights.elements, rows: 0..<weights.rows)
        weights.descend(batch: rows, by: descent) { factor, target in
            addTransposedProduct(embedded, gradient, times: factor, to: &target)
        }
        tables.descend(batch: rows, by: descent) { factor, target in
            scatter(derivative, lookups.elements, dimension: dimension, times: factor, to: &target)
        }
    }

    /// E, rows x (fields * dimension), row-major.
    private func embedded(_ lookups: Matrix<Int>) -> [Double] {
        precondition(lookups.columns == fields, "one lookup for each field")
        let (elements, dimension) = (tables.elements, dimension)
        var embedded: [Double] = []
        embedded.reserveCapacity(lookups.rows * weights.rows)
        for row in lookups.elements {
            precondition(row >= 0 && row < tables.rows, "a lookup is a row of the tables")
            embedded += elements[row * dimension..<(row + 1) * dimension]
        }
        return embedded
    }
}

/// `E W`, row-major.
private func product(_ embedded: [Double], _ weights: [Double], width: Int, rows: Int) -> [Double] {
    var product = [Double](repeating: 0, count: rows * width)
    let columns = rows == 0 ? 0 : embedded.count / rows
    for row in 0..<rows {
        for inner in 0..<columns {
            let value = embedded[row * columns + inner]
            for column in 0..<width { product[row * width + column] += value * weights[inner * width + column] }
        }
    }
    return product
}

/// `target += factor Eᵀ dZ`, in the order of the rows.
private func addTransposedProduct(
    _ embedded: [Double], _ dZ: Matrix<Double>, times factor: Double, to target: inout [Double]
) {
    let (gradient, width) = (dZ.elements, dZ.columns)
    let columns = dZ.rows == 0 ? 0 : embedded.count / dZ.rows
    for row in 0..<dZ.rows {
        for inner in 0..<columns {
            let scaled = factor * embedded[row * columns + inner]
            for column in 0..<width { target[inner * width + column] += scaled * gradient[row * width + column] }
        }
    }
}

/// `target[lookup] += factor derivative`, one row of the tables for each lookup, in their order.
private func scatter(
    _ derivative: [Double], _ lookups: [Int], dimension: Int, times factor: Double, to target: inout [Double]
) {
    for (place, row) in lookups.enumerated() {
        for column in 0..<dimension {
            target[row * dimension + column] += factor * derivative[place * dimension + column]
        }
    }
}
