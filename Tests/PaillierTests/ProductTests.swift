import Arithmetic
import Paillier
import Testing

@Suite struct ProductTests {
    private static let largest: Int64 = 1 << 23 - 1
    private static let unit: Int64 = 1 << 20

    /// Decrypts `plain * values` and compares it with the product of integers.
    private func check(_ plain: Matrix<Int64>, _ values: Matrix<Integer>, key: PrivateKey = Keys.small) throws {
        let ciphertexts = try key.encrypt(values.elements, from: stream("values"))
        let encrypted = Matrix(rows: values.rows, columns: values.columns, elements: ciphertexts)
        let result = try key.cipher.product(
            variableTime: Multipliers(plain, bits: 23), key.cipher.operand(encrypted, isReused: false), join: .none)
        #expect(try key.decrypt(result) == product(plain, values).elements)
    }

    private func values(_ rows: Int, _ columns: Int, bits: Int = 400) -> Matrix<Integer> {
        Matrix(rows: rows, columns: columns, elements: randomIntegers(rows * columns, bits: bits, from: stream("w")))
    }

    @Test(arguments: [(1, 1, 1), (2, 30, 1), (40, 3, 2), (7, 17, 3)])
    func agreesWithIntegers(rows: Int, inner: Int, columns: Int) throws {
        let bytes = stream("x").bytes(3 * rows * inner)
        let plain = (0..<rows * inner).map { index -> Int64 in
            let value = bytes[3 * index..<3 * index + 3].reduce(0) { $0 << 8 | Int64($1) }
            return max(value - 1 << 23, -Self.largest)
        }
        try check(Matrix(rows: rows, columns: inner, elements: plain), values(inner, columns))
    }

    @Test func extremesAndZeros() throws {
        let edges: [Int64] = [Self.largest, -Self.largest, 0, 1, -1, Self.unit, -Self.unit]
        let rotated = (0..<7).flatMap { shift in (0..<7).map { edges[($0 + shift) % 7] } }
        try check(Matrix(rows: 7, columns: 7, elements: rotated), values(7, 2))
        for edge in edges {
            try check(Matrix(rows: 2, columns: 9, repeating: edge), values(9, 1))
        }
        // The largest sum that the key can hold: 2^4 terms of 2^(510 - 23 - 4) each.
        let bound = Integer(powerOfTwo: 510 - 23 - 4)
        try check(
            Matrix(rows: 1, columns: 16, repeating: -Self.largest), Matrix(rows: 16, columns: 1, repeating: bound))
    }

    @Test func indicatorColumnsMixWithDenseOnes() throws {
        let (one, zero) = (Self.unit, Int64(0))
        let rows: [[Int64]] = [
            [one, zero, zero, 5, zero, one],
            [zero, one, zero, -123_456, zero, one],
            [zero, zero, zero, Self.largest, one, one],
        ]
        try check(Matrix(rows: 3, columns: 6, elements: rows.flatMap { $0 }), values(6, 2))
        let oneHot = rows.flatMap { $0[0..<3] + $0[4..<6] }
        try check(Matrix(rows: 3, columns: 5, elements: oneHot), values(5, 1))
        // One column of the transposed is dense, and one of its rows is all zeros.
        try check(Matrix(rows: 3, columns: 5, elements: oneHot).transposed(), values(3, 2))
    }

    @Test func emptyProducts() throws {
        let cipher = Keys.small.cipher
        let none = Matrix(rows: 0, columns: 2, elements: [Ciphertext]())
        let zeros = try cipher.product(
            variableTime: Multipliers(Matrix(rows: 3, columns: 0, elements: []), bits: 23),
            cipher.operand(none, isReused: false), join: .none)
        #expect(try Keys.small.decrypt(zeros) == [0, 0, 0, 0, 0, 0])
        try check(Matrix(rows: 0, columns: 3, elements: []), values(3, 1))
        try check(Matrix(rows: 3, columns: 3, elements: .init(repeating: 1, count: 9)), values(3, 0))
    }

    @Test func realKey() throws {
        let plain = Matrix(rows: 2, columns: 3, elements: [Self.largest, -1, Self.unit, -Self.largest, 7, 0])
        try check(plain, values(3, 1, bits: 2000), key: Keys.real)
    }

    @Test(arguments: 1...61) func multipliersStayBelowTheirBound(bits: Int) throws {
        let bound = Int64(1) << Int64(bits)
        for multiplier in [bound, -bound, .min, .max] {
            #expect(throws: PaillierError.multiplier(bits: bits)) {
                try Multipliers(Matrix(rows: 1, columns: 2, elements: [0, multiplier]), bits: bits)
            }
        }
        let edges = [bound - 1, 1 - bound]
        let multipliers = try Multipliers(Matrix(rows: 1, columns: 2, elements: edges), bits: bits)
        #expect(multipliers.dense.elements == edges.map { Int128($0) })
    }

    @Test func boundsThatNoWordHoldsTrap() async {
        for bits in [0, 62] {
            await #expect(processExitsWith: .failure) { [bits = bits as Int] in
                _ = try Multipliers(Matrix(rows: 1, columns: 1, repeating: 0), bits: bits)
            }
        }
    }

    @Test(arguments: [1, 2, 3, 7, 10]) func rowsAreJoinedFirstLowest(groupSize: Int) throws {
        let key = Keys.small
        let rowBits = 40
        let rows = randomIntegers(7, bits: rowBits - 2, from: stream("rows"))
        let identity = SparseMatrix<Int64>(columns: 7, rows: (0..<7).map { [.init($0, 1)] })
        let operand = key.cipher.operand(
            Matrix(rows: 7, columns: 1, elements: try key.encrypt(rows, from: stream("a"))), isReused: false)
        let joined = try key.cipher.product(
            variableTime: Multipliers(identity, bits: 1), operand, join: RowJoin(size: groupSize, rowBits: rowBits))
        let expected = stride(from: 0, to: rows.count, by: groupSize).map { start in
            rows[start..<min(start + groupSize, rows.count)].enumerated()
                .reduce(Integer(0)) { $0 + $1.element << ($1.offset * rowBits) }
        }
        #expect(try key.decrypt(joined) == expected)
    }

    /// Lines with more to multiply are computed before others.
    @Test(arguments: [1, 3]) func rowsOfUnequalLengthStayInPlace(groupSize: Int) throws {
        let key = Keys.small
        let (count, columns, rowBits) = (41, 90, 100)
        // From none to twelve places in a row: ones in even columns, anything in odd ones.
        let places = (0..<count).map { row in
            (0..<row * 7 % 13).map { index -> SparseMatrix<Int64>.Place in
                let column = 7 * index + row % 7
                return .init(column, column.isMultiple(of: 2) ? 1 : Int64(row - 20) * 40_009 - Int64(index) - 1)
            }
        }
        let plain = SparseMatrix(columns: columns, rows: places)
        let own = values(columns, 1, bits: 50)
        let encrypted = Matrix(
            rows: columns, columns: 1, elements: try key.encrypt(own.elements, from: stream("b")))
        let joined = try key.cipher.product(
            variableTime: Multipliers(plain, bits: 23), key.cipher.operand(encrypted, isReused: false),
            join: RowJoin(size: groupSize, rowBits: rowBits))
        let rows = places.map { $0.reduce(Integer(0)) { $0 + Integer($1.value) * own[$1.column, 0] } }
        let expected = stride(from: 0, to: count, by: groupSize).map { start in
            rows[start..<min(start + groupSize, count)].enumerated()
                .reduce(Integer(0)) { $0 + $1.element << ($1.offset * rowBits) }
        }
        #expect(try key.decrypt(joined) == expected)
    }
}
