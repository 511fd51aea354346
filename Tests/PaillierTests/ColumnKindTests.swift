import Arithmetic
import Paillier
import Testing

/// Products by every kind of column of multipliers and by mixes of them, in ways that the plan chooses for itself.
@Suite struct ColumnKindTests {
    private let key = Keys.small
    private var cipher: PublicKey { key.cipher }

    /// What a column of multipliers is filled with.
    enum Filling: CaseIterable {
        case any, few, digits, ones, zeros

        /// The multiplier of a row.
        func value(_ row: Int, _ random: UInt64, bits: Int) -> Int64 {
            let bound = Int64(1) << Int64(bits)
            let wide = Int64(bitPattern: random) % bound
            switch self {
            case .any: return row == 0 ? bound - 1 : row == 1 ? 1 - bound : wide
            case .few: return random % 11 == 0 ? wide : 0
            case .digits:
                // Where signed digits of 4 bits carry: 7, 8, 0x77, 0x78, ..., with both signs.
                let edges: [Int64] = [1, 7, 8, 9, 15, 16, 0x77, 0x78, 0x7F, 0x80, 0x88, 0x777, 0x778, 0x8000]
                guard random % 5 == 0 else { return 0 }
                let edge = edges[Int(random >> 8) % edges.count] % bound
                return random >> 4 & 1 == 0 ? edge : -edge
            case .ones: return random % 3 == 0 ? 1 : 0
            case .zeros: return 0
            }
        }
    }

    private func matrix(_ rows: Int, _ fillings: [Filling], bits: Int) -> Matrix<Int64> {
        let bytes = stream("x").bytes(8 * rows * fillings.count)
        let elements = (0..<rows * fillings.count).map { index -> Int64 in
            let random = bytes[8 * index..<8 * index + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let filling = fillings[index % fillings.count]
            return filling.value(index / fillings.count, random, bits: bits)
        }
        return Matrix(rows: rows, columns: fillings.count, elements: elements)
    }

    private func operand(_ values: Matrix<Integer>) throws -> EncryptedOperand {
        let ciphertexts = try key.encrypt(values.elements, from: stream("values"))
        return cipher.operand(
            Matrix(rows: values.rows, columns: values.columns, elements: ciphertexts), isReused: false)
    }

    private func values(_ rows: Int, _ columns: Int = 1, bits: Int = 420) -> Matrix<Integer> {
        Matrix(rows: rows, columns: columns, elements: randomIntegers(rows * columns, bits: bits, from: stream("w")))
    }

    /// Decrypts the product, dense and sparse, and compares both with integers.
    ///
    /// - Returns: The plan's words.
    @discardableResult
    private func check(_ plain: Matrix<Int64>, _ values: Matrix<Integer>, bits: Int) throws -> String {
        let operand = try operand(values)
        let multipliers = try Multipliers(plain, bits: bits)
        let result = try cipher.product(variableTime: multipliers, operand, join: .none)
        #expect(try key.decrypt(result) == product(plain, values).elements)
        // Zeros may be stored.
        let rows = (0..<plain.rows).map { row in
            plain.row(row).enumerated().map { SparseMatrix<Int64>.Place($0.offset, $0.element) }
        }
        let stored = try Multipliers(SparseMatrix(columns: plain.columns, rows: rows), bits: bits)
        #expect(try cipher.product(variableTime: stored, operand, join: .none) == result)
        return cipher.plan(multipliers, operand, join: .none)
    }

    @Test(arguments: Filling.allCases, [(3, 5), (40, 9), (70, 33)])
    func everyKindAlone(filling: Filling, shape: (rows: Int, columns: Int)) throws {
        let fillings = [Filling](repeating: filling, count: shape.columns)
        let plan = try check(matrix(shape.rows, fillings, bits: 20), values(shape.columns), bits: 20)
        switch filling {
        case .any: #expect(plan.contains("\(shape.columns) dense"))
        // Tables of their own do not pay for three rows.
        case .few, .digits: #expect(plan.contains(shape.rows > 10 ? "sparse" : "dense"))
        case .ones, .zeros: #expect(plan.contains("\(shape.columns) of ones"))
        }
    }

    @Test(arguments: [1, 8, 9, 41]) func everyMix(rows: Int) throws {
        let all = Filling.allCases
        for first in all {
            for second in all where second != first {
                try check(matrix(rows, [first, second, first], bits: 23), values(3), bits: 23)
            }
        }
        let mixed = (0..<40).map { all[($0 * 7 + $0 / 5) % all.count] }
        let plan = try check(matrix(rows, mixed, bits: 23), values(40, 2), bits: 23)
        if rows > 10 {
            #expect(plan.contains("dense") && plan.contains("sparse") && plan.contains("of ones"))
        }
    }

    /// Every bound, and so every number of planes and of digits.
    @Test(arguments: 1...61) func everyBound(bits: Int) throws {
        let fillings: [Filling] = [.any, .few, .digits, .ones, .any, .zeros, .any, .any]
        for rows in [2, 30] { try check(matrix(rows, fillings, bits: bits), values(8), bits: bits) }
    }

    /// A factor 2^shift that all multipliers have in common, and a bound that only the shift lets them keep.
    @Test(arguments: [1, 4, 20, 37]) func commonShifts(shift: Int) throws {
        for fillings in [[Filling.ones, .zeros, .ones], [.any, .few, .ones, .digits]] {
            let small = matrix(25, fillings, bits: 20)
            try check(small.map { $0 << Int64(shift) }, values(fillings.count), bits: 20 + shift)
        }
        try check(Matrix(rows: 3, columns: 2, repeating: -1 << Int64(shift)), values(2), bits: shift + 1)
    }

    @Test func signedDigitsAtTheirEdges() throws {
        let edges: [Int64] = [1, 7, 8, 9, 0x77, 0x78, 0x7777_77, 0x7777_78, 0x8888_88, 0x7FFF_FF, 1 << 22]
        let both = edges.flatMap { [$0, -$0] }
        // A diagonal of them: columns of one multiplier each are windows, but for the powers of two.
        let rows = both.enumerated().map { [SparseMatrix<Int64>.Place($0.offset, $0.element)] }
        let diagonal = SparseMatrix(columns: both.count, rows: rows)
        let values = values(both.count)
        let operand = try operand(values)
        let multipliers = try Multipliers(diagonal, bits: 24)
        #expect(cipher.plan(multipliers, operand, join: .none).contains("\(both.count - 3) sparse"))
        let result = try cipher.product(variableTime: multipliers, operand, join: .none)
        #expect(try key.decrypt(result) == zip(both, values.elements).map { Integer($0) * $1 })
    }

    @Test func scatteredRowsAddUp() throws {
        let targets = [3, 0, 3, 5, 5, 5, 0, 3, 1]
        let values = values(targets.count, 2)
        let multipliers = Multipliers(scatteringInto: 7, targets: targets)
        #expect(multipliers.rows == 7 && multipliers.columns == targets.count)
        let result = try cipher.product(variableTime: multipliers, operand(values), join: .none)
        let sums = (0..<7).flatMap { target in
            (0..<2).map { column in
                targets.indices.filter { targets[$0] == target }.reduce(Integer(0)) { $0 + values[$1, column] }
            }
        }
        #expect(try key.decrypt(result) == sums)
        #expect(
            try key.decrypt(
                cipher.product(
                    variableTime: Multipliers(wide: multipliers.dense, bits: 1), operand(values), join: .none)) == sums)
    }

    /// More tables than may be in memory at once are built in several passes.
    @Test func tablesInPasses() throws {
        let columns = 20_000
        let values = values(columns, bits: 100)
        let operand = try operand(values)
        // Columns of one multiplier each, which is no power of two.
        let rows = (0..<40).map { row in
            (0..<columns).filter { $0 % 40 == row }.map {
                SparseMatrix<Int64>.Place($0, Int64($0 % 2 == 0 ? 77 : -103))
            }
        }
        let sparse = SparseMatrix(columns: columns, rows: rows)
        let multipliers = try Multipliers(sparse, bits: 7)
        #expect(cipher.plan(multipliers, operand, join: .none).contains("in 2 passes"))
        let result = try cipher.product(variableTime: multipliers, operand, join: .none)
        let expected = (0..<40).map { row in
            sparse.row(row).reduce(Integer(0)) { $0 + Integer($1.value) * values[$1.column, 0] }
        }
        #expect(try key.decrypt(result) == expected)
    }
}
