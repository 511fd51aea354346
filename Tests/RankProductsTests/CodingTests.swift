import Arithmetic
import Paillier
import RankProducts
import Specification
import Testing

@Suite struct CodingTests {
    private func order(
        _ plain: Multipliers, _ source: ProductOrder.Operand = .kept(7), join: RowJoin = .none
    ) -> ProductOrder {
        ProductOrder(
            forget: [1, .max],
            work: .init(
                modulus: Keys.small.cipher.encoded, operand: source, rows: plain.columns, columns: 2, join: join,
                multipliers: plain))
    }

    @Test func ordersComeBackAsTheyWere() throws {
        for plain in try Sorts.all {
            for source in [
                ProductOrder.Operand.kept(7), .given([1, 2, 3], keepAs: nil),
                .given([], keepAs: .init(name: 0, uses: 1)),
            ] {
                let bytes = order(plain, source, join: RowJoin(size: 3, rowBits: 218)).encoded
                let read = try ProductOrder(decoding: bytes)
                let work = try #require(read.work)
                #expect(read.forget == [1, .max] && work.operand == source)
                #expect(work.modulus == Keys.small.cipher.encoded && work.rows == plain.columns && work.columns == 2)
                #expect(work.join == RowJoin(size: 3, rowBits: 218) && work.multipliers.bits == plain.bits)
                #expect(work.multipliers.dense == plain.dense)
                // Equal orders have equal bytes.
                #expect(read.encoded == bytes)
            }
        }
        let nothing = ProductOrder(forget: [])
        #expect(try ProductOrder(decoding: nothing.encoded).work == nil)
    }

    /// What matters is stored once: a one-hot row takes a byte a field, a dense multiplier as many as its bits.
    @Test func multipliersStaySmall() throws {
        let rest = 200
        #expect(order(try Sorts.oneHot(256, 123, fields: 14)).encoded.count < 256 * (14 + 4) + rest)
        #expect(order(try Sorts.dense(128, 64, bits: 20)).encoded.count < 128 * 64 * 3 + rest)
        #expect(order(try Sorts.sparse(100, 300)).encoded.count < 100 * (4 + 2 + 4) + rest)
        #expect(
            order(Multipliers(selecting: .init(repeating: 60_000, count: 50), of: 70_000)).encoded.count < 50 * 7 + rest
        )
    }

    @Test func answersComeBackAsTheyWere() throws {
        let answers: [ProductAnswer] = [
            .idle, .done([1, 2], seconds: 0.25), .done([], seconds: 0), .missing, .failed("why"),
        ]
        for answer in answers { #expect(try ProductAnswer(decoding: answer.encoded) == answer) }
        #expect(try RankBytes.decoded(RankBytes.encoded(answers.map(\.encoded)), count: 5) == answers.map(\.encoded))
        #expect(throws: SpecificationError.self) { try RankBytes.decoded(RankBytes.encoded([[1]]), count: 2) }
    }

    /// Bytes cut off, changed or added are refused, or mean another order; nothing traps, at the rank that works by it neither.
    @Test func badBytesAreAnswered() throws {
        let service = ProductService(threads: 1)
        let draws = stream("mutations")
        for plain in [
            try Sorts.dense(3, 4), try Sorts.oneHot(4, 6, fields: 2), try Sorts.sparse(4, 4), try Sorts.wide(2, 3),
        ] {
            let cells = try operand(plain.columns, 2)
            let bytes = order(
                plain,
                .given(ProductModulus(cells).encode(cells.ciphertexts.elements), keepAs: .init(name: 3, uses: 2)),
                join: RowJoin(size: 2, rowBits: 40)
            ).encoded
            guard case .done = service.answer(to: bytes) else { return #expect(Bool(false), "an order in good order") }
            for _ in 0..<300 {
                var mutant = bytes
                let draw = draws.bytes(4).map { Int($0) }
                // Half of the changes hit what is no ciphertext.
                let place = draw[0] % 2 == 0 ? (draw[1] << 8 | draw[2]) % bytes.count : draw[1] % 40
                switch draw[3] % 4 {
                case 0: mutant.removeLast(1 + place)
                case 1: mutant[place] ^= UInt8(1 << (draw[2] % 8))
                case 2: mutant[bytes.count - 1 - place] = UInt8(draw[2])
                default: mutant.insert(UInt8(draw[2]), at: place)
                }
                if case .missing = service.answer(to: mutant) { #expect(mutant.count >= 30) }
            }
        }
        guard case .failed = service.answer(to: []) else { return #expect(Bool(false), "no bytes are no order") }
    }

    /// A request that rank 0 cannot read ends at every rank.
    @Test func requestsThatCannotBeReadAreAnswered() throws {
        let bench = Bench(3)
        for payload in [[], [1, 2, 3], RankBytes.encoded([[1]])] {
            let answers = try RankBytes.decoded(bench.request(payload), count: 3).map {
                try ProductAnswer(decoding: $0)
            }
            for answer in answers {
                guard case .failed = answer else { return #expect(Bool(false), "\(answer) to bytes of no meaning") }
            }
        }
    }
}
