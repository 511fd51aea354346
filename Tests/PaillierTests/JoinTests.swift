import Arithmetic
import Paillier
import Testing
import Workers

@Suite struct JoinTests {
    private let key = Keys.small
    private var cipher: PublicKey { key.cipher }

    private func encrypted(_ values: Matrix<Integer>) throws -> Matrix<Ciphertext> {
        Matrix(
            rows: values.rows, columns: values.columns,
            elements: try key.encrypt(values.elements, from: stream("values")))
    }

    private func plain(_ rows: Int, _ columns: Int, zeros: Int) -> Matrix<Int64> {
        let elements = randomIntegers(rows * columns, bits: 20, from: stream("x")).map { $0.truncatingInt64 }
        return Matrix(
            rows: rows, columns: columns,
            elements: elements.enumerated().map { $0.offset % columns < zeros && $0.element % 9 != 0 ? 0 : $0.element })
    }

    /// Rows times powers of two, by a product of its own.
    private func joinByHand(
        _ rows: [Ciphertext], columns: Int, _ join: RowJoin
    ) throws -> [Ciphertext] {
        let count = rows.count / columns
        let powers = stride(from: 0, to: count, by: join.size).map { start in
            (start..<min(start + join.size, count)).map {
                SparseMatrix<Int64>.Place($0, 1 << Int64(($0 - start) * join.rowBits))
            }
        }
        let operand = cipher.operand(Matrix(rows: count, columns: columns, elements: rows), isReused: false)
        return try cipher.product(
            variableTime: Multipliers(SparseMatrix(columns: count, rows: powers), bits: 61), operand, join: .none)
    }

    /// One thread: the choice must not depend on the machine. An operand for one use is joined late, one that is kept early.
    @Test(arguments: [(8, 20, 1, 4), (9, 20, 2, 4), (20, 40, 1, 3), (13, 30, 2, 2), (33, 30, 1, 5)], [0, 17])
    func earlyAndLateJoinsGiveTheSameCiphertexts(
        shape: (rows: Int, inner: Int, columns: Int, size: Int), zeros: Int
    ) throws {
        let values = Matrix(
            rows: shape.inner, columns: shape.columns,
            elements: randomIntegers(shape.inner * shape.columns, bits: 400, from: stream("w")))
        let plain = plain(shape.rows, shape.inner, zeros: min(zeros, shape.inner / 2))
        let join = RowJoin(size: shape.size, rowBits: 60 / max(1, shape.size - 1) / 2)
        let multipliers = try Multipliers(plain, bits: 20)
        let encrypted = try encrypted(values)
        let (once, kept) = (
            cipher.operand(encrypted, isReused: false), cipher.operand(encrypted, isReused: true)
        )
        try WorkContext(threads: 1).run {
            #expect(cipher.plan(multipliers, once, join: join).contains("\(shape.size) rows joined late"))
            #expect(cipher.plan(multipliers, kept, join: join).contains("\(shape.size) rows joined early"))
            let late = try cipher.product(variableTime: multipliers, once, join: join)
            let early = try cipher.product(variableTime: multipliers, kept, join: join)
            let rows = try cipher.product(variableTime: multipliers, once, join: .none)
            let byHand = try joinByHand(rows, columns: shape.columns, join)
            #expect(late == byHand)
            #expect(early == byHand)
            #expect(late.count == (shape.rows + shape.size - 1) / shape.size * shape.columns)
            // Once more with what was kept.
            #expect(try cipher.product(variableTime: multipliers, kept, join: join) == byHand)

            let exact = product(plain, values)
            let expected = stride(from: 0, to: shape.rows, by: shape.size).flatMap { start in
                (0..<shape.columns).map { column in
                    (start..<min(start + shape.size, shape.rows)).reduce(Integer(0)) {
                        $0 + exact[$1, column] << (($1 - start) * join.rowBits)
                    }
                }
            }
            #expect(try key.decrypt(early) == expected)
        }
    }

    /// Slots as wide as real ones, with the largest values of either sign in every slot.
    @Test(arguments: [false, true]) func slotsHoldTheirBounds(isReused: Bool) throws {
        let key = Keys.real
        let (terms, rowBits, size) = (16, 120, 17)
        // 16 terms below 2^(118 - 4) each: slots of 2^118 and a sign, 17 of them within 2^2046.
        let value = Integer(powerOfTwo: 118 - 4 - 20)
        let values = Matrix(rows: terms, columns: 1, repeating: value)
        let encrypted = Matrix(
            rows: terms, columns: 1, elements: try key.encrypt(values.elements, from: stream("bound")))
        let largest = Int64(1) << 20 - 1
        let plain = Matrix<Int64>(
            rows: 2 * size + 1, columns: terms,
            elements: (0..<(2 * size + 1) * terms).map { $0 / terms % 3 == 0 ? -largest : largest })
        let joined = try key.cipher.product(
            variableTime: Multipliers(plain, bits: 20), key.cipher.operand(encrypted, isReused: isReused),
            join: RowJoin(size: size, rowBits: rowBits))
        let exact = product(plain, values)
        let expected = [0..<size, size..<2 * size, 2 * size..<2 * size + 1].map { rows in
            rows.reduce(Integer(0)) { $0 + exact[$1, 0] << (($1 - rows.lowerBound) * rowBits) }
        }
        #expect(try key.decrypt(joined) == expected)
    }

    /// The offset that early joins multiply with reaches over rows that the last group does not have.
    @Test func emptyGroupsAndRows() throws {
        let values = Matrix(rows: 5, columns: 1, elements: randomIntegers(5, bits: 300, from: stream("w")))
        let operand = cipher.operand(try encrypted(values), isReused: true)
        let join = RowJoin(size: 4, rowBits: 30)
        for rows in [0, 1, 4, 5] {
            let zeros = try Multipliers(Matrix(rows: rows, columns: 5, repeating: 0), bits: 10)
            let result = try cipher.product(variableTime: zeros, operand, join: join)
            #expect(try key.decrypt(result) == .init(repeating: 0, count: (rows + 3) / 4))
        }
    }
}
