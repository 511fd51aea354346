public import Arithmetic

/// The plaintext matrix of a product under encryption: integers with a common bound, words or as wide as shares modulo 2^128.
public struct Multipliers: Sendable {
    /// All of them in the widest form: what a product costs is decided by ``bits``.
    package let values: SparseMatrix<Int128>
    /// Every multiplier lies in `[-2^bits, 2^bits)`.
    public let bits: Int

    /// How many rows.
    public var rows: Int { values.rows }
    /// How many columns.
    public var columns: Int { values.columns }
    /// How many are stored.
    package var storedCount: Int { values.storedCount }

    /// Multipliers as they are stored: rows of few elements cost less than dense ones.
    ///
    /// - Parameter bits: At most 61; every multiplier is below `2^bits` in magnitude.
    /// - Throws: `PaillierError.multiplier(bits:)` for one that reaches the bound.
    public init(_ values: SparseMatrix<Int64>, bits: Int) throws(PaillierError) {
        precondition((1...61).contains(bits), "a bound that a word holds with room for the offset")
        for row in 0..<values.rows {
            guard values.row(row).allSatisfy({ $0.value.magnitude < 1 << UInt64(bits) }) else {
                throw .multiplier(bits: bits)
            }
        }
        self.values = values.map { Int128($0) }
        self.bits = bits
    }

    /// Wide multipliers as they are stored.
    ///
    /// - Parameter bits: At most 127. The lower end, `-2^bits`, is within: signed representatives modulo 2^128 have 127 bits.
    /// - Throws: `PaillierError.multiplier(bits:)` for one outside `[-2^bits, 2^bits)`.
    public init(wide values: SparseMatrix<Int128>, bits: Int) throws(PaillierError) {
        precondition((1...127).contains(bits), "a bound that two words hold with room for the offset")
        for row in 0..<values.rows {
            // What is left above the bound's bits is the sign alone.
            guard values.row(row).allSatisfy({ $0.value >> Int128(bits) == ($0.value < 0 ? -1 : 0) }) else {
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

    /// A dense matrix of wide multipliers.
    ///
    /// - Throws: `PaillierError.multiplier(bits:)`.
    public init(wide matrix: Matrix<Int128>, bits: Int) throws(PaillierError) {
        try self.init(wide: SparseMatrix(matrix), bits: bits)
    }

    /// Those of some rows and columns.
    package func part(rows: Range<Int>, columns: Range<Int>) -> Multipliers {
        let isWhole = columns == 0..<values.columns
        let places = rows.map { row in
            let places = values.row(row)
            return isWhole
                ? Array(places)
                : places.filter { columns.contains($0.column) }
                    .map { SparseMatrix<Int128>.Place($0.column - columns.lowerBound, $0.value) }
        }
        return Multipliers(SparseMatrix(columns: columns.count, rows: places), bits)
    }

    private init(_ values: SparseMatrix<Int128>, _ bits: Int) {
        self.values = values
        self.bits = bits
    }

    /// Zeros included.
    public var dense: Matrix<Int128> {
        var matrix = Matrix<Int128>(rows: rows, columns: columns, repeating: 0)
        for row in 0..<rows { for place in values.row(row) { matrix[row, place.column] = place.value } }
        return matrix
    }

    /// Ones that add up: row r of the product is the sum of the operand's rows i with `targets[i] == r`, as the gradient of a
    /// table needs it whose rows were looked up.
    public init(scatteringInto rows: Int, targets: [Int]) {
        var places = [[SparseMatrix<Int128>.Place]](repeating: [], count: rows)
        for (index, target) in targets.enumerated() { places[target].append(.init(index, 1)) }
        values = SparseMatrix(columns: targets.count, rows: places)
        bits = 1
    }

    /// Ones that copy: row i of the product is the operand's row `rows[i]` of `count`, as looking up in a table needs it.
    public init(selecting rows: [Int], of count: Int) {
        values = SparseMatrix(columns: count, rows: rows.map { [.init($0, 1)] })
        bits = 1
    }
}
