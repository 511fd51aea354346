import Arithmetic
import Paillier
import RankProducts
import Ranks
import Specification
import Synchronization
import Testing

/// Tables that ranks build together.
@Suite struct SharedTableTests {
    /// Random shapes, ragged ones among them: bit by bit the ciphertexts that one process computes, and decrypted its numbers.
    @Test(arguments: [1, 2, 3, 4]) func ranksGiveTheProduct(ranks: Int) throws {
        let bench = Bench(ranks)
        let products = bench.products()
        let draws = stream("shapes \(ranks)")
        for round in 0..<10 {
            let draw = draws.bytes(4).map { Int($0) }
            let (rows, inner) = (ranks * 8 + draw[0] % 90, 3 + draw[1] % 40)
            let join = draw[2] % 3 == 0 ? RowJoin(size: 2 + draw[2] % 4, rowBits: 60) : .none
            let plain =
                draw[3] % 4 == 0
                ? try Sorts.sparse(rows, inner) : try Sorts.dense(rows, inner, bits: 4 + draw[3] % 20, "\(round)")
            let operand = try operand(plain.columns, 1 + draw[2] % 2)
            let expected = try operand.product(variableTime: plain, join: join)
            let shared = try products.product(variableTime: plain, operand, join: join)
            #expect(shared == expected, "\(rows) x \(inner), \(join)")
            #expect(try Keys.small.decrypt(#require(shared)) == Keys.small.decrypt(expected))
        }
        #expect((bench.shared > 3) == (ranks > 1))
    }

    /// Machines differ: what the ranks have in threads does not decide over where tables lie.
    @Test func ranksHaveDifferentThreads() throws {
        let bench = Bench(3, threads: [1, 2, 5])
        for columns in [1, 3] {
            let (plain, operand) = (try plain(), try operand(30, columns))
            let expected = try operand.product(variableTime: plain, join: .none)
            #expect(try bench.products().product(variableTime: plain, operand, join: .none) == expected)
        }
        #expect(bench.shared > 0)
    }

    private func plain() throws -> Multipliers { try Sorts.dense(64, 30) }

    /// They are kept like others, and built together again where one rank has lost them.
    @Test func reusedOperandsAreExchangedOnce() throws {
        let (first, second) = (Bench(3), Bench(3))
        let current = Mutex(first)
        let products = RankProducts(ranks: 3, threads: 1, choice: .all) { payload in
            try current.withLock { $0 }.request(payload)
        }
        let operand = try operand(30, 1, isReused: true)
        func product(_ name: String, rows: Int = 120, bits: Int = 20) throws {
            let plain = try Sorts.dense(rows, 30, bits: bits, name)
            let expected = try operand.product(variableTime: plain, join: .none)
            #expect(try products.product(variableTime: plain, operand, join: .none) == expected)
        }
        try product("a")
        guard first.shared == 1 else { return #expect(Bool(false), "an operand whose tables are shared") }
        try product("b")
        try product("c", rows: 2)
        #expect(first.requests == 3 && first.shared == 1)
        current.withLock { $0 = second }
        try product("d")
        #expect(second.requests == 2 && second.shared == 1)
        // Multipliers that the outline has no room for.
        try product("e", bits: 40)
        #expect(second.shared == 1)
    }

    @Test func damagedTablesAreRefused() throws {
        for (fault, words) in [
            (FaultyRank.Fault.damages, "part 1 of a table is damaged"), (.clears, "numbers that are no units"),
        ] {
            let bench = Bench(2) { $0.rank == 1 ? FaultyRank($0, fault) : $0 }
            let error = #expect(throws: PaillierError.self) {
                try bench.products().product(variableTime: plain(), operand(30, 3), join: .none)
            }
            #expect("\(try #require(error))".contains(words), "\(String(describing: error))")
            #expect(bench.shared == 1)
        }
    }

    /// A rank that fails in the middle of an exchange ends the product with its name.
    @Test(.timeLimit(.minutes(1))) func aRankThatFailsIsNamed() throws {
        let bench = Bench(3) { $0.rank == 2 ? FaultyRank($0, .fails) : $0 }
        let error = #expect(throws: PaillierError.self) {
            try bench.products().product(variableTime: plain(), operand(30, 1), join: .none)
        }
        #expect("\(try #require(error))".contains("a disk is full"))
    }

    /// A rank that cannot read its order says so to all, and nobody waits for its part.
    @Test(.timeLimit(.minutes(1)), arguments: [0, 1, 2]) func badOrdersEndAtAllRanks(bad: Int) throws {
        let bench = Bench(3)
        let products = RankProducts(ranks: 3, threads: 1, choice: .all) { payload in
            var request = try ProductRequest(decoding: payload, ranks: 3)
            request.orders[bad].removeLast()
            return try bench.request(request.encoded)
        }
        let error = #expect(throws: PaillierError.self) {
            try products.product(variableTime: plain(), operand(30, 1), join: .none)
        }
        let words = "\(try #require(error))"
        #expect(bench.shared == 1 && words.contains("a request that cannot be read"), "\(words)")
    }

    /// Ranks whose orders do not agree build nothing together.
    @Test(.timeLimit(.minutes(1))) func otherTablesAreRefused() throws {
        let bench = Bench(2)
        let products = RankProducts(ranks: 2, threads: 1, choice: .all) { payload in
            var request = try ProductRequest(decoding: payload, ranks: 2)
            var order = try ProductOrder(decoding: request.orders[1])
            let outline = try #require(order.work?.outline)
            order.work?.outline = ProductOutline(
                sorts: outline.sorts, shift: outline.shift, bits: outline.bits, joinsEarly: outline.joinsEarly,
                groupSize: outline.groupSize % 12 + 1, parts: outline.parts, threads: outline.threads)
            request.orders[1] = order.encoded
            return try bench.request(request.encoded)
        }
        let error = #expect(throws: PaillierError.self) {
            try products.product(variableTime: plain(), operand(30, 1), join: .none)
        }
        #expect("\(try #require(error))".contains("not to build the same tables"))
    }

    @Test func outlinesComeBackAsTheyWere() throws {
        let (plain, cells) = (try plain(), try operand(30, 1))
        let chosen = try #require(cells.split(plain, join: .none, into: 2, threads: 1, exchanging: 0).outline)
        #expect(chosen.sorts == .init(repeating: 0, count: 30) && chosen.shift == 0 && chosen.bits == 20)
        let mixed = ProductOutline(
            sorts: [0, 1, 2, 22] + .init(repeating: 1, count: 26), shift: 3, bits: 21, joinsEarly: true, groupSize: 9,
            parts: 12, threads: 300)
        for outline in [chosen, try #require(mixed)] {
            let work = ProductOrder.Work(
                modulus: [3], operand: .kept(1), rows: plain.columns, columns: 1, join: .none, multipliers: plain,
                outline: outline)
            let read = try ProductOrder(decoding: ProductOrder(work: work).encoded)
            #expect(read.work?.outline == outline)
        }
        func outline(
            sort: UInt8 = 0, shift: Int = 0, bits: Int = 3, size: Int = 1, parts: Int = 1, threads: Int = 2
        )
            -> ProductOutline?
        {
            ProductOutline(
                sorts: [sort], shift: shift, bits: bits, joinsEarly: false, groupSize: size, parts: parts,
                threads: threads)
        }
        #expect(outline() != nil && outline(sort: 4) != nil)
        #expect(outline(sort: 5) == nil && outline(shift: 100, bits: 60) == nil && outline(bits: 0) == nil)
        #expect(outline(size: 13) == nil && outline(parts: 5) == nil && outline(threads: 0) == nil)
        let request = ProductRequest(sharesTables: true, orders: [[1], [], [2, 3]])
        let read = try ProductRequest(decoding: request.encoded, ranks: 3)
        #expect(read.sharesTables && read.orders == request.orders)
        #expect(throws: SpecificationError.self) { try ProductRequest(decoding: [2] + RankBytes.encoded([]), ranks: 0) }
    }

    /// Shared only where that is cheaper than each for itself.
    @Test func exchangesThatCostTooMuchAreNotMade() throws {
        let (plain, operand) = (try plain(), try operand(30, 1))
        func split(_ byte: Double?) -> ProductSplit {
            operand.split(plain, join: .none, into: 2, threads: 1, exchanging: byte)
        }
        let (free, alone) = (split(0), split(nil))
        #expect(free.outline != nil && alone.outline == nil && split(1).outline == nil)
        #expect(free.cost < alone.cost)
        #expect(free.cost < 0.52 * operand.cost(of: plain, join: .none, threads: 1))
        #expect(split(1e-5).cost > free.cost)
    }
}
