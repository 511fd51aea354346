import Arithmetic
import Paillier
import Testing

/// Products cut into pieces, put together again.
@Suite struct ProductSplitTests {
    private let key = Keys.small
    private var cipher: PublicKey { key.cipher }

    private func operand(_ rows: Int, _ columns: Int) throws -> EncryptedOperand {
        let values = randomIntegers(rows * columns, bits: 100, from: stream("w"))
        let ciphertexts = try key.encrypt(values, from: stream("values"))
        return cipher.operand(Matrix(rows: rows, columns: columns, elements: ciphertexts), isReused: false)
    }

    /// The product, piece by piece.
    private func pieced(
        _ plain: Multipliers, _ operand: EncryptedOperand, _ join: RowJoin, _ split: ProductSplit, turns: Int
    ) throws -> [Ciphertext] {
        let modulus = ProductModulus(operand)
        let (groups, columns) = (join.groups(of: plain), operand.ciphertexts.columns)
        var results = [Ciphertext?](repeating: nil, count: groups * columns)
        for turn in 0..<turns {
            let turn = groups * turn / turns..<groups * (turn + 1) / turns
            for piece in split.pieces(of: plain, join: join, groups: turn) {
                let part = plain.part(rows: join.rows(of: piece.groups, of: plain), columns: piece.inner)
                let rows = operand.ciphertexts.part(rows: piece.inner, columns: piece.columns)
                let product = try modulus.operand(rows, uses: 1).product(variableTime: part, join: join)
                for (index, group) in piece.groups.enumerated() {
                    for (place, column) in piece.columns.enumerated() {
                        let ciphertext = product[index * piece.columns.count + place]
                        let sum = try results[group * columns + column].map { try modulus.add([$0], [ciphertext])[0] }
                        results[group * columns + column] = sum ?? ciphertext
                    }
                }
            }
        }
        return results.compactMap { $0 }
    }

    /// Tables of several passes are not kept: their price must not be divided by all the uses of an operand.
    @Test func tablesThatAreKeptFitIntoOnePass() throws {
        let (rows, inner) = (32, 2400)
        let one = try key.encrypt([1], from: stream("one"))[0]
        let ciphertexts = Matrix(rows: inner, columns: 1, elements: [Ciphertext](repeating: one, count: inner))
        let kept = cipher.plan(try dense(rows, inner), cipher.operand(ciphertexts, isReused: true), join: .none)
        #expect(kept.contains("in 1 passes"), "\(kept)")
    }

    private func dense(_ rows: Int, _ inner: Int, bits: Int = 20) throws -> Multipliers {
        let elements = randomIntegers(rows * inner, bits: bits, from: stream("x")).map(\.truncatingInt64)
        return try Multipliers(Matrix(rows: rows, columns: inner, elements: elements), bits: bits)
    }

    private func oneHot(_ rows: Int, columns: Int, fields: Int) throws -> Multipliers {
        let draws = stream("fields").bytes(rows * fields)
        let places = (0..<rows).map { row in
            (0..<fields).map { field -> SparseMatrix<Int64>.Place in
                let (first, end) = (columns * field / fields, columns * (field + 1) / fields)
                return .init(first + Int(draws[row * fields + field]) % (end - first), 1)
            }
        }
        return try Multipliers(SparseMatrix(columns: columns, rows: places), bits: 20)
    }

    private func wide(_ rows: Int, _ inner: Int) throws -> Multipliers {
        let bytes = stream("wide").bytes(16 * rows * inner)
        let elements = (0..<rows * inner).map { index in
            bytes[16 * index..<16 * index + 16].reduce(Int128(0)) { $0 << 8 | Int128($1) }
        }
        return try Multipliers(wide: Matrix(rows: rows, columns: inner, elements: elements), bits: 127)
    }

    /// The same ciphertexts, bit by bit, as the product in one go: in every way to cut it, in turns of some rows, too.
    @Test(arguments: [1, 2, 3, 4, 8]) func piecesGiveTheProduct(pieces: Int) throws {
        let sorts = [
            try dense(20, 9), try dense(1, 9), try oneHot(30, columns: 12, fields: 3), try wide(5, 9),
            try Multipliers(selecting: [3, 1, 1, 0, 8], of: 9), try Multipliers(scatteringInto: 4, targets: [0, 3, 3]),
            try dense(7, 0), try dense(0, 4),
        ]
        for plain in sorts {
            for columns in [1, 3] {
                let operand = try operand(plain.columns, columns)
                for join in [RowJoin.none, RowJoin(size: 3, rowBits: 130)] where plain.bits < 127 || join == .none {
                    let expected = try operand.product(variableTime: plain, join: join)
                    let split = operand.split(plain, join: join, into: pieces, threads: 1)
                    #expect(split.count <= pieces)
                    #expect(try pieced(plain, operand, join, split, turns: 1) == expected)
                    #expect(try pieced(plain, operand, join, split, turns: 2) == expected)
                }
            }
        }
    }

    /// Where the operand has columns for all, nothing is computed twice; where it has one, every piece has rows or summands of its own.
    @Test func cutsWhereItIsCheapest() throws {
        let plain = try dense(64, 32)
        let wide = try operand(32, 4)
        #expect(wide.split(plain, join: .none, into: 2, threads: 1).columns.count == 2)
        let narrow = try operand(32, 1)
        for pieces in [2, 3, 4] {
            let split = narrow.split(plain, join: .none, into: pieces, threads: 1)
            #expect(split.count == pieces)
            #expect(split.cost < narrow.cost(of: plain, join: .none, threads: 1) * (0.4 + 0.5 / Double(pieces)))
        }
    }

    /// Fields of very different sizes are not cut in the middle of the columns, but of the work.
    @Test func partsHaveEqualWork() throws {
        // 40 columns that are nearly always 0, and 40 that never are.
        let elements = (0..<64).flatMap { row in
            (0..<80).map { column -> Int64 in
                guard column < 40 else { return Int64(1000 * row + column) }
                return row == column ? 1 : 0
            }
        }
        let plain = try Multipliers(Matrix(rows: 64, columns: 80, elements: elements), bits: 20)
        let operand = try operand(80, 1)
        let split = operand.split(plain, join: .none, into: 2, threads: 1)
        if split.inner.count == 2 { #expect(split.inner[0].upperBound > 50) }
        #expect(split.cost < 0.6 * operand.cost(of: plain, join: .none, threads: 1))
    }

    @Test func modulusAndCiphertextsAsBytes() throws {
        let operand = try operand(3, 1)
        let modulus = ProductModulus(operand)
        let read = try ProductModulus(encoded: modulus.encoded)
        #expect(read.encoded == modulus.encoded && read.encoded == cipher.encoded)
        let bytes = modulus.encode(operand.ciphertexts.elements)
        #expect(bytes.count == 3 * modulus.ciphertextBytes)
        #expect(try read.decode(bytes, count: 3) == operand.ciphertexts.elements)
        // An empty sum is a ciphertext here, and none that a partner may send.
        let one = read.encode(try operand.product(variableTime: Multipliers(selecting: [], of: 3), join: .none))
        #expect(one.isEmpty)
        let zeros = try Multipliers(Matrix(rows: 1, columns: 3, repeating: Int64(0)), bits: 1)
        let empty = try operand.product(variableTime: zeros, join: .none)
        #expect(try read.decode(read.encode(empty), count: 1) == empty)
        #expect(throws: PaillierError.ciphertext(index: 0, .outOfRange)) {
            try cipher.decode(cipher.encode(empty), count: 1)
        }
    }

    @Test func refusesWhatIsNoModulusAndNoCiphertext() throws {
        let modulus = ProductModulus(try operand(1, 1))
        for bytes in [[], [0], [3], [UInt8](repeating: 2, count: 64), [UInt8](repeating: 255, count: 4096)] {
            #expect(throws: PaillierError.modulus(.wrongSize)) { try ProductModulus(encoded: bytes) }
        }
        let count = modulus.ciphertextBytes
        #expect(throws: PaillierError.length(expected: count, actual: 3)) { try modulus.decode([1, 2, 3], count: 1) }
        #expect(throws: PaillierError.ciphertext(index: 0, .outOfRange)) {
            try modulus.decode(.init(repeating: 255, count: count), count: 1)
        }
        #expect(throws: PaillierError.ciphertext(index: 1, .notInvertible)) {
            try modulus.decode([1] + .init(repeating: 0, count: 2 * count - 1), count: 2)
        }
        // n itself is no digit, in neither place; n - 1 is one.
        let n = cipher.modulus
        func digits(_ lower: Integer, _ upper: Integer) -> [UInt8] {
            [lower, upper].flatMap { digit in
                (0..<count / 16).flatMap { limb in
                    let word = digit.floorQuotient(Integer(powerOfTwo: 52 * limb)).lowBits(52).truncatingInt64
                    return (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
                }
            }
        }
        let largest = try modulus.decode(digits(n - 1, n - 1), count: 1)
        #expect(Integer(bigEndian: cipher.encode(largest)) == n * n - 1)
        for bytes in [digits(n, 0), digits(1, n), digits(n - 1, n + 1)] {
            #expect(throws: PaillierError.ciphertext(index: 0, .outOfRange)) { try modulus.decode(bytes, count: 1) }
        }
    }
}
