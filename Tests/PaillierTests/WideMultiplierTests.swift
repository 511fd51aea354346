import Arithmetic
import Paillier
import Testing

/// Multipliers beyond a word: shares modulo 2^128.
@Suite struct WideMultiplierTests {
    private let key = Keys.small
    private var cipher: PublicKey { key.cipher }

    private func values(_ rows: Int, _ columns: Int, bits: Int) -> Matrix<Integer> {
        Matrix(rows: rows, columns: columns, elements: randomIntegers(rows * columns, bits: bits, from: stream("w")))
    }

    private func operand(_ values: Matrix<Integer>, isReused: Bool = false) throws -> EncryptedOperand {
        let ciphertexts = try key.encrypt(values.elements, from: stream("values"))
        return cipher.operand(
            Matrix(rows: values.rows, columns: values.columns, elements: ciphertexts), isReused: isReused)
    }

    /// Anything in `[-2^bits, 2^bits)`, both ends among it.
    private func shares(_ rows: Int, _ columns: Int, bits: Int) -> Matrix<Int128> {
        let drawn = randomIntegers(rows * columns, bits: bits, from: stream("x")).map(\.truncatingInt128)
        let (least, largest) = (-Int128(1) << Int128(bits), Int128(bitPattern: UInt128(1) << UInt128(bits) - 1))
        let edges = [least, largest, 0, 1, -1, least + 1]
        return Matrix(
            rows: rows, columns: columns,
            elements: drawn.enumerated().map { $0.offset % 3 == 0 ? edges[$0.offset / 3 % edges.count] : $0.element })
    }

    private func expected(_ plain: Matrix<Int128>, _ values: Matrix<Integer>) -> [Integer] {
        (0..<plain.rows).flatMap { row in
            (0..<values.columns).map { column in
                (0..<plain.columns).reduce(Integer(0)) { $0 + Integer(plain[row, $1]) * values[$1, column] }
            }
        }
    }

    @Test(arguments: [1, 2, 60, 61, 62, 63, 64, 65, 100, 126, 127], [(1, 1), (9, 3), (30, 14)])
    func denseProducts(bits: Int, shape: (rows: Int, columns: Int)) throws {
        let plain = shares(shape.rows, shape.columns, bits: bits)
        let values = values(shape.columns, 2, bits: 370)
        let result = try cipher.product(
            variableTime: Multipliers(wide: plain, bits: bits), operand(values), join: .none)
        #expect(try key.decrypt(result) == expected(plain, values))
    }

    /// A block diagonal, whose columns have tables of their own.
    @Test(arguments: [3, 63, 64, 65, 127]) func sparseProducts(bits: Int) throws {
        let (blocks, lines, width) = (12, 3, 2)
        let plain = shares(blocks * lines, width, bits: bits)
        let rows = (0..<plain.rows).map { row in
            (0..<width).map { SparseMatrix<Int128>.Place(row / lines * width + $0, plain[row, $0]) }
        }
        let multipliers = try Multipliers(wide: SparseMatrix(columns: blocks * width, rows: rows), bits: bits)
        let values = values(blocks * width, 1, bits: 370)
        let operand = try operand(values)
        if bits > 60 { #expect(cipher.plan(multipliers, operand, join: .none).contains("sparse")) }
        let result = try cipher.product(variableTime: multipliers, operand, join: .none)
        #expect(try key.decrypt(result) == expected(multipliers.dense, values))
    }

    @Test func joinedRows() throws {
        let (plain, values) = (shares(7, 5, bits: 127), values(5, 1, bits: 60))
        let join = RowJoin(size: 2, rowBits: 195)
        for isReused in [false, true] {
            let operand = try operand(values, isReused: isReused)
            for _ in 0..<2 {
                let result = try cipher.product(
                    variableTime: Multipliers(wide: plain, bits: 127), operand, join: join)
                let rows = expected(plain, values)
                let joined = stride(from: 0, to: 7, by: 2).map { $0 == 6 ? rows[6] : rows[$0] + rows[$0 + 1] << 195 }
                #expect(try key.decrypt(result) == joined)
            }
        }
    }

    /// An operand that was prepared for narrow multipliers and is then used with wide ones, and again.
    @Test func widthsMayChange() throws {
        let values = values(6, 1, bits: 300)
        let operand = try operand(values, isReused: true)
        for bits in [20, 127, 40, 127] {
            let plain = shares(10, 6, bits: bits)
            let result = try cipher.product(variableTime: Multipliers(wide: plain, bits: bits), operand, join: .none)
            #expect(try key.decrypt(result) == expected(plain, values))
        }
    }

    @Test func widthsThatTwoWordsDoNotHoldTrap() async {
        for bits in [0, 128] {
            await #expect(processExitsWith: .failure) { [bits = bits as Int] in
                _ = try Multipliers(wide: Matrix(rows: 1, columns: 1, repeating: 0), bits: bits)
            }
        }
    }

    @Test(arguments: [1, 61, 64, 126]) func multipliersStayWithinTheirBound(bits: Int) throws {
        let bound = Int128(1) << Int128(bits)
        for multiplier in [bound, -bound - 1, .min, .max] {
            #expect(throws: PaillierError.multiplier(bits: bits)) {
                try Multipliers(wide: Matrix(rows: 1, columns: 2, elements: [0, multiplier]), bits: bits)
            }
        }
        let edges = [bound - 1, -bound]
        #expect(try Multipliers(wide: Matrix(rows: 1, columns: 2, elements: edges), bits: bits).dense.elements == edges)
        let all = Matrix<Int128>(rows: 1, columns: 2, elements: [.min, .max])
        #expect(try Multipliers(wide: all, bits: 127).dense == all)
    }

    @Test func selectedRowsAreCopied() throws {
        let values = values(4, 2, bits: 100)
        let multipliers = Multipliers(selecting: [2, 0, 2, 3], of: 4)
        let rows = [2, 0, 2, 3].flatMap { Array(values.row($0)) }
        let copies = try cipher.product(variableTime: multipliers, operand(values), join: .none)
        #expect(try key.decrypt(copies) == rows)
        let pairs = try cipher.product(
            variableTime: multipliers, operand(values), join: RowJoin(size: 2, rowBits: 200))
        #expect(try key.decrypt(pairs) == [0, 1, 4, 5].map { rows[$0] + rows[$0 + 2] << 200 })
    }
}
