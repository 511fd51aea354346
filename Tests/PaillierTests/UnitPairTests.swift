import Arithmetic
import Paillier
import Residues
import Testing
import Workers

/// Columns of ones that stand side by side in many rows are multiplied in pairs.
@Suite struct UnitPairTests {
    private static let unit = Int64(1) << 20
    private let key = Keys.small
    private var cipher: PublicKey { key.cipher }

    /// Rows of categorical fields, as few patterns as make pairs worth their while.
    ///
    /// - Parameters:
    ///   - fields: Columns of each field.
    ///   - value: What stands in a field.
    private func categories(
        _ rows: Int, _ fields: [Int], patterns: Int = 5, value: (_ field: Int) -> Int64 = { _ in 1 }
    ) -> Matrix<Int64> {
        var matrix = Matrix<Int64>(rows: rows, columns: fields.reduce(0, +), repeating: 0)
        for row in 0..<rows {
            var start = 0
            for (field, columns) in fields.enumerated() {
                matrix[row, start + (row % patterns * 7 + field * 3) % columns] = value(field)
                start += columns
            }
        }
        return matrix
    }

    private func values(_ rows: Int, _ columns: Int = 2, bits: Int = 400) -> Matrix<Integer> {
        Matrix(rows: rows, columns: columns, elements: randomIntegers(rows * columns, bits: bits, from: stream("w")))
    }

    private func operand(
        _ values: Matrix<Integer>, _ key: PrivateKey, isReused: Bool = false
    ) throws -> EncryptedOperand {
        let ciphertexts = try key.encrypt(values.elements, from: stream("values"))
        return key.cipher.operand(
            Matrix(rows: values.rows, columns: values.columns, elements: ciphertexts), isReused: isReused)
    }

    /// Compares the decrypted product with that of integers.
    ///
    /// - Returns: How many pairs it was computed with; nil where singly.
    private func check(_ plain: Matrix<Int64>, bits: Int = 1) throws -> Int? {
        let values = values(plain.columns)
        let operand = try operand(values, key)
        let multipliers = try Multipliers(plain, bits: bits)
        let result = try cipher.product(variableTime: multipliers, operand, join: .none)
        #expect(try key.decrypt(result) == product(plain, values).elements)
        return pairs(cipher.plan(multipliers, operand, join: .none))
    }

    /// The number of pairs that a plan speaks of.
    private func pairs(_ plan: String) -> Int? {
        guard let last = plan.split(separator: "; ").last, last.hasSuffix(" pairs of ones") else { return nil }
        return last.split(separator: " ").first.flatMap { Int($0) }
    }

    @Test(arguments: [1, 7, 8, 64, 300]) func rowsOfSeveralFields(rows: Int) throws {
        // Five patterns of two pairs each; in few rows a pair would be used too seldom.
        #expect(try check(categories(rows, [5, 6, 7, 8])) == (rows >= 64 ? 10 : nil))
    }

    @Test func rowsOfOddCountsAndEmptyRows() throws {
        #expect(try check(categories(100, [5, 6, 7])) == 5, "the last of three stands alone")
        var uneven = categories(200, [5, 6, 7, 8])
        for row in 0..<uneven.rows {
            // None, then one, two and three fields, and all four.
            for column in 0..<uneven.columns where [0, 5, 11, 18, 26][row % 5] <= column { uneven[row, column] = 0 }
        }
        #expect(try check(uneven) != nil)
    }

    @Test func unitsAtDifferentBits() throws {
        // Neighbours with the same unit are pairs, and others none.
        #expect(try check(categories(100, [5, 6, 7, 8]) { $0 < 2 ? 1 : Self.unit }, bits: 21) == 10)
        #expect(try check(categories(100, [5, 6, 7]) { $0 == 1 ? Self.unit : 1 }, bits: 21) == nil)
        // A single one waits while others pass.
        #expect(try check(categories(100, [5, 6, 7, 8, 9]) { $0 % 4 == 0 ? 1 : Self.unit }, bits: 21) == 5)
    }

    /// Half of a small table, at random: as many pairs as uses.
    @Test func onesThatNeverMeetTwice() throws {
        let bytes = stream("ones").bytes(20 * 60)
        let plain = Matrix(rows: 20, columns: 60, elements: bytes.map { Int64($0 % 8 == 0 ? 1 : 0) })
        #expect(try check(plain) == nil)
    }

    /// Dense and sparse columns before, between and behind the fields.
    @Test func fieldsAmongOtherColumns() throws {
        let ones = categories(80, [5, 6, 7, 8])
        let others = randomIntegers(80 * 3, bits: 20, from: stream("x")).map(\.truncatingInt64)
        var rows: [Int64] = []
        for row in 0..<80 {
            let fields = ones.row(row)
            let (first, rest) = (fields.prefix(5), fields.dropFirst(5))
            let few = row % 20 == 3 ? others[3 * row + 2] | 3 : 0
            rows += [others[3 * row]] + first + [others[3 * row + 1]] + rest + [few]
        }
        let plain = Matrix(rows: 80, columns: ones.columns + 3, elements: rows)
        #expect(try check(plain, bits: 20) == 10)
    }

    /// Beyond 1024 columns nobody looks for pairs.
    @Test(arguments: [(1024, 15), (1025, nil)]) func wideTables(columns: Int, expected: Int?) throws {
        #expect(try check(categories(60, [5, 6, 7, 8, 9, columns - 35])) == expected)
    }

    /// One thread: the choice must not depend on the machine.
    @Test(arguments: [61, 64]) func lateJoins(rows: Int) throws {
        let plain = categories(rows, [10, 11, 12, 13])
        let values = values(plain.columns, bits: 60)
        let join = RowJoin(size: 3, rowBits: 70)
        let multipliers = try Multipliers(plain, bits: 1)
        let operand = try operand(values, key)
        try WorkContext(threads: 1).run {
            let plan = cipher.plan(multipliers, operand, join: join)
            #expect(plan.contains("3 rows joined late") && pairs(plan) == 10)
            let exact = product(plain, values)
            let expected = stride(from: 0, to: rows, by: 3).flatMap { start in
                (0..<2).map { column in
                    (start..<min(start + 3, rows)).reduce(Integer(0)) {
                        $0 + exact[$1, column] << (($1 - start) * join.rowBits)
                    }
                }
            }
            let result = try cipher.product(variableTime: multipliers, operand, join: join)
            #expect(try key.decrypt(result) == expected)
        }
    }

    /// What is kept with an operand knows nothing of the pairs of one product.
    @Test func reusedOperandsWithOtherPairsEachTime() throws {
        let fields = [5, 6, 7, 8]
        let first = categories(100, fields)
        let others = [
            categories(100, fields, patterns: 3), categories(30, fields, patterns: 2), categories(1, fields),
            Matrix(rows: 100, columns: 26, elements: first.elements.reversed()), first,
        ]
        let values = values(26)
        let kept = try operand(values, key, isReused: true)
        for plain in [first] + others {
            let multipliers = try Multipliers(plain, bits: 1)
            let result = try cipher.product(variableTime: multipliers, kept, join: .none)
            #expect(try key.decrypt(result) == product(plain, values).elements)
        }
        #expect(try check(others[1]) == 4 && check(others[3]) == 10)
    }

    @Test func pathsAgree() throws {
        let plain = categories(70, [5, 6, 7, 8, 9]) { $0 % 4 == 0 ? 1 : Self.unit }
        let values = values(plain.columns)
        let all = try KernelPath.available.map { path in
            let key = PrivateKey.insecureGenerate(bits: 512, from: stream("pairs"), path: path)
            let operand = try operand(values, key)
            let result = try key.cipher.product(
                variableTime: Multipliers(plain, bits: 21), operand, join: .none)
            #expect(try key.decrypt(result) == product(plain, values).elements)
            return result
        }
        #expect(all.allSatisfy { $0 == all[0] })
    }
}
