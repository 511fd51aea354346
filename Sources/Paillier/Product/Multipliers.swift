public import Arithmetic

/// The plaintext matrix of a product under encryption: integers with a common bound.
public struct Multipliers: Sendable {
    let values: SparseMatrix<Int64>
    /// Every multiplier is below `2^bits` in magnitude.
    public let bits: Int

    /// How many rows.
    public var rows: Int { values.rows }
    /// How many columns.
    public var columns: Int { values.columns }

    /// Multipliers as they are stored: rows of few elements cost less than dense ones.
    ///
    /// - Parameter bits: At most 61.
    /// - Throws: `PaillierError.multiplier(bits:)` for one that reaches the bound.
    public init(_ values: SparseMatrix<Int64>, bits: Int) throws(PaillierError) {
        precondition((1...61).contains(bits), "a bound that a word holds with room for the offset")
        for row in 0..<values.rows {
            guard values.row(row).allSatisfy({ $0.value.magnitude < 1 << UInt64(bits) }) else {
                throw .multiplier(bits: bits)
            }
        }
        self.values = values
        self.bits = bits
    }

    /// A dense matrix; zeros in it cost nothing where a column has many.
    ///
    /// - Throws: `PaillierError.multiplier(bits:)`.
    public init(_ matrix: Matrix<Int64>, bits: Int) throws(PaillierError) {
        try self.init(SparseMatrix(matrix), bits: bits)
    }

    /// Zeros included.
    public var dense: Matrix<Int64> {
        var matrix = Matrix<Int64>(rows: rows, columns: columns, repeating: 0)
        for row in 0..<rows { for place in values.row(row) { matrix[row, place.column] = place.value } }
        return matrix
    }

    /// Ones that add up: row r of the product is the sum of the operand's rows i with `targets[i] == r`, as the gradient of a
    /// table needs it whose rows were looked up.
    public init(scatteringInto rows: Int, targets: [Int]) {
        var places = [[SparseMatrix<Int64>.Place]](repeating: [], count: rows)
        for (index, target) in targets.enumerated() { places[target].append(.init(index, 1)) }
        values = SparseMatrix(columns: targets.count, rows: places)
        bits = 1
    }
}
