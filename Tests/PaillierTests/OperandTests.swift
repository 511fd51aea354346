import Arithmetic
import Paillier
import Testing

/// Operands that serve several products keep what they computed, and nothing of it may show in later products.
@Suite struct OperandTests {
    private let key = Keys.small
    private var cipher: PublicKey { key.cipher }

    private func encrypted(_ rows: Int, _ columns: Int) throws -> Matrix<Ciphertext> {
        let values = randomIntegers(rows * columns, bits: 400, from: stream("w"))
        return Matrix(rows: rows, columns: columns, elements: try key.encrypt(values, from: stream("values")))
    }

    private func random(_ rows: Int, _ columns: Int, bits: Int, _ name: String) -> Matrix<Int64> {
        let elements = randomIntegers(rows * columns, bits: bits, from: stream(name)).map { $0.truncatingInt64 }
        return Matrix(rows: rows, columns: columns, elements: elements)
    }

    /// Whether each product in turn is the one that a new operand gives.
    private func check(_ encrypted: Matrix<Ciphertext>, _ products: [(Multipliers, RowJoin)]) throws {
        let kept = cipher.operand(encrypted, isReused: true)
        for (multipliers, join) in products {
            let expected = try cipher.product(
                variableTime: multipliers, cipher.operand(encrypted, isReused: false), join: join)
            #expect(try cipher.product(variableTime: multipliers, kept, join: join) == expected)
        }
    }

    @Test func otherRowsAndOtherMultipliers() throws {
        let dense = try ["a", "b", "c"].map { try Multipliers(random(20, 9, bits: 20, $0), bits: 20) }
        let few = try Multipliers(random(1, 9, bits: 20, "d"), bits: 20)
        let many = try Multipliers(random(77, 9, bits: 20, "e"), bits: 20)
        let zeros = try Multipliers(Matrix(rows: 3, columns: 9, repeating: 0), bits: 20)
        let none = try Multipliers(Matrix(rows: 0, columns: 9, repeating: 0), bits: 20)
        let all = dense + [few, many, zeros, none] + dense
        try check(encrypted(9, 2), all.map { ($0, .none) })
        let join = RowJoin(size: 3, rowBits: 35)
        try check(encrypted(9, 2), all.map { ($0, join) })
    }

    /// What does not fit the kept plan: more bits, an odd multiplier behind a common shift, other values than 0 and 1 in a
    /// column of ones, another join; and back to what fits.
    @Test func multipliersThatDoNotFitTheKeptPlan() throws {
        let ones = random(12, 6, bits: 1, "ones").map { $0 & 1 }
        let small = random(12, 6, bits: 8, "small")
        let products: [(Multipliers, RowJoin)] = [
            (try Multipliers(ones, bits: 1), .none),
            (try Multipliers(ones.map { -$0 }, bits: 1), .none),
            (try Multipliers(ones.map { $0 << 20 }, bits: 21), .none),
            (try Multipliers(ones, bits: 21), .none),
            (try Multipliers(small.map { $0 << 4 }, bits: 12), .none),
            (try Multipliers(small, bits: 8), .none),
            (try Multipliers(small, bits: 30), .none),
            (try Multipliers(random(12, 6, bits: 30, "wide"), bits: 30), .none),
            (try Multipliers(random(12, 6, bits: 30, "wide 2"), bits: 30), RowJoin(size: 2, rowBits: 40)),
            (try Multipliers(random(12, 6, bits: 30, "wide 3"), bits: 30), RowJoin(size: 2, rowBits: 41)),
            (try Multipliers(random(12, 6, bits: 30, "wide 4"), bits: 30), RowJoin(size: 3, rowBits: 41)),
            (try Multipliers(ones, bits: 1), .none),
        ]
        try check(encrypted(6, 1), products)
        try check(encrypted(6, 1), products.reversed())
    }

    /// The first multipliers are few in every column; those that come later are many.
    @Test func sparseFirstAndDenseLater() throws {
        let diagonal = SparseMatrix<Int64>(columns: 16, rows: (0..<16).map { [.init($0, Int64($0) * 1001 - 7000)] })
        let sparse = try Multipliers(diagonal, bits: 16)
        let dense = try Multipliers(random(30, 16, bits: 16, "dense"), bits: 16)
        try check(encrypted(16, 2), [(sparse, .none), (dense, .none), (sparse, .none)])
        try check(encrypted(16, 2), [(dense, .none), (sparse, .none), (dense, .none)])
    }

    @Test func operandsOfAnotherShapeOrKeyTrap() async {
        await #expect(processExitsWith: .failure) {
            let cipher = Keys.small.cipher
            let ciphertexts = Matrix(rows: 1, columns: 1, elements: try Keys.small.encrypt([1], from: stream("a")))
            _ = try cipher.product(
                variableTime: Multipliers(Matrix(rows: 1, columns: 2, repeating: 1), bits: 1),
                cipher.operand(ciphertexts, isReused: false), join: .none)
        }
        await #expect(processExitsWith: .failure) {
            let other = PrivateKey.insecureGenerate(bits: 512, from: stream("other"))
            let ciphertexts = Matrix(rows: 1, columns: 1, elements: try other.encrypt([1], from: stream("a")))
            _ = try Keys.small.cipher.product(
                variableTime: Multipliers(Matrix(rows: 1, columns: 1, repeating: 1), bits: 1),
                other.cipher.operand(ciphertexts, isReused: false), join: .none)
        }
    }
}
