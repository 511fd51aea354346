public import Arithmetic

/// One party's rows of a batch, as they enter a source layer.
public struct SourceRows: Sendable {
    /// Prepared columns without their zeros, rows x columns; there may be none.
    public let numbers: SparseMatrix<Double>
    /// For each categorical field a row of its table, rows x fields; there may be none.
    public let lookups: Matrix<Int>

    /// Both parts of the same rows.
    public init(numbers: SparseMatrix<Double>, lookups: Matrix<Int>) {
        precondition(numbers.rows == lookups.rows, "numbers and lookups of the same rows")
        (self.numbers, self.lookups) = (numbers, lookups)
    }

    /// Rows without categorical fields.
    public init(numbers: SparseMatrix<Double>) {
        self.init(numbers: numbers, lookups: Matrix(rows: numbers.rows, columns: 0, elements: []))
    }

    /// How many rows.
    public var rows: Int { numbers.rows }
}

/// A party's whole source layer in the clear: `Z = X W + E W'`, its prepared columns and its embedded fields.
public struct PlainSource: Hashable, Codable, Sendable {
    /// Over the prepared columns, of which there may be none.
    public private(set) var linear: LinearSource
    /// Over the categorical fields; nil where there are none.
    public private(set) var embedding: EmbeddingSource?

    /// Both parts, of one width.
    public init(linear: LinearSource, embedding: EmbeddingSource? = nil) {
        precondition(embedding == nil || embedding?.width == linear.width, "both parts give a Z of one width")
        (self.linear, self.embedding) = (linear, embedding)
    }

    /// - Throws: `DecodingError` where the parts differ in width.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        linear = try container.decode(LinearSource.self, forKey: .linear)
        embedding = try container.decodeIfPresent(EmbeddingSource.self, forKey: .embedding)
        guard embedding == nil || embedding?.width == linear.width else {
            throw DecodingError.dataCorruptedError(
                forKey: .embedding, in: container, debugDescription: "the two parts differ in width")
        }
    }

    /// Columns of Z.
    public var width: Int { linear.width }
    /// Prepared columns.
    public var columns: Int { linear.columns }
    /// Categorical fields.
    public var fields: Int { embedding?.fields ?? 0 }

    /// Z of a batch, rows x ``width``.
    public func callAsFunction(_ batch: SourceRows) -> Matrix<Double> {
        check(batch)
        let z = linear(batch.numbers)
        guard let embedding else { return z }
        return Matrix(
            rows: z.rows, columns: z.columns, elements: zip(z.elements, embedding(batch.lookups).elements).map(+))
    }

    /// The derivative by the last so many prepared columns, at the present weights: what a ``TrainedTower`` whose
    /// outputs these are descends along. Before ``descend(_:gradient:by:)``, which moves the weights.
    ///
    /// - Parameter dZ: rows x ``width``, summed over the batch as ``TopModel/Step/gradient`` is.
    /// - Returns: rows x `columns`.
    public func gradient(byLast columns: Int, dZ: Matrix<Double>) -> Matrix<Double> {
        linear.gradient(by: self.columns - columns..<self.columns, dZ: dZ)
    }

    /// Descends along dZ in both parts.
    ///
    /// - Parameter gradient: dZ, rows x ``width``, summed over the batch as ``TopModel/Step/gradient`` is.
    public mutating func descend(_ batch: SourceRows, gradient: Matrix<Double>, by descent: SourceDescent) {
        check(batch)
        linear.descend(batch.numbers, gradient: gradient, by: descent)
        embedding?.descend(batch.lookups, gradient: gradient, by: descent)
    }

    private func check(_ batch: SourceRows) {
        precondition(batch.lookups.columns == fields, "one lookup for each field")
    }
}
