import Arithmetic
import Dispatch
import Paillier
import RankProducts
import Ranks
import Synchronization
import Testing
import Workers

@Suite struct RankProductsTests {
    /// The same ciphertexts, bit by bit, as without ranks.
    @Test(arguments: [1, 2, 3, 4, 8]) func ranksGiveTheProduct(ranks: Int) throws {
        let products = Bench(ranks).products()
        for plain in try Sorts.all {
            for columns in [1, 3] {
                let operand = try operand(plain.columns, columns)
                for join in [RowJoin.none, RowJoin(size: 3, rowBits: 130)] where plain.bits < 127 || join == .none {
                    let cipher = Keys.small.cipher
                    let expected = try cipher.product(variableTime: plain, operand, join: join)
                    let shared = try SharedProducts.run(in: products) {
                        try cipher.product(variableTime: plain, operand, join: join)
                    }
                    #expect(shared == expected)
                }
            }
        }
    }

    /// And the same numbers as products of integers.
    @Test func decryptsToTheProductOfIntegers() throws {
        let (plain, operand) = (try Sorts.dense(12, 7), try operand(7, 2))
        let bench = Bench(2)
        let shared = try SharedProducts.run(in: bench.products()) {
            try Keys.small.cipher.product(variableTime: plain, operand, join: .none)
        }
        let values = stream("values").bytes(14).map { Int128($0) }
        let expected = (0..<12).flatMap { row in
            (0..<2).map { column in
                (0..<7).reduce(Int128(0)) { $0 + plain.dense[row, $1] * values[2 * $1 + column] }
            }
        }
        #expect(try Keys.small.decrypt(shared).map(\.truncatingInt64) == expected.map { Int64($0) })
        #expect(bench.requests == 1)
    }

    /// An operand that is reused crosses once; ranks forget it when nobody has it any more; and get it again when they lost it.
    @Test func reusedOperandsStayAtTheRanks() throws {
        let bench = Bench(2)
        let products = bench.products()
        func product(_ operand: EncryptedOperand, _ name: String, rows: Int = 20) throws {
            let plain = try Sorts.dense(rows, 30, name)
            let expected = try operand.product(variableTime: plain, join: .none)
            #expect(try products.product(variableTime: plain, operand, join: .none) == expected)
        }
        var reused: EncryptedOperand? = try operand(30, 1, isReused: true)
        for name in ["a", "b", "c"] {
            let before = bench.bytes
            if let reused { try product(reused, name) }
            #expect((bench.bytes - before > 30 * 128) == (name == "a"))
        }
        #expect(bench.services.map(\.keptOperands) == [1, 1])
        // Fewer rows than ranks.
        if let reused { try product(reused, "d", rows: 1) }
        reused = nil
        try product(operand(30, 1), "e")
        #expect(bench.services.map(\.keptOperands) == [0, 0])
    }

    @Test func whatRanksLostIsGivenAgain() throws {
        let (first, second) = (Bench(2), Bench(2))
        let current = Mutex(first)
        let products = RankProducts(ranks: 2, threads: 1, choice: .all) { payload in
            try current.withLock { $0 }.request(payload)
        }
        let (plain, operand) = (try Sorts.dense(9, 30), try operand(30, 1, isReused: true))
        let expected = try operand.product(variableTime: plain, join: .none)
        #expect(try products.product(variableTime: plain, operand, join: .none) == expected)
        current.withLock { $0 = second }
        #expect(try products.product(variableTime: plain, operand, join: .none) == expected)
        #expect(second.requests == 2)
        #expect(try products.product(variableTime: plain, operand, join: .none) == expected)
        #expect(second.requests == 3)
    }

    /// Joins that change need other tables, so a kept operand is begun anew.
    @Test func anotherJoinOfAReusedOperand() throws {
        let products = Bench(2).products()
        let (plain, operand) = (try Sorts.dense(9, 12), try operand(12, 2, isReused: true))
        for join in [RowJoin.none, RowJoin(size: 3, rowBits: 60), .none, RowJoin(size: 2, rowBits: 60)] {
            let expected = try operand.product(variableTime: plain, join: join)
            #expect(try products.product(variableTime: plain, operand, join: join) == expected)
        }
    }

    @Test func smallProductsStayHere() throws {
        let bench = Bench(2)
        let products = bench.products(.sooner)
        #expect(try products.product(variableTime: Sorts.dense(2, 3), operand(3, 1), join: .none) == nil)
        #expect(bench.requests == 0)
        // A large one goes, where this process has no more cores than a rank.
        let large = try WorkContext(threads: 1).run {
            try products.product(variableTime: Sorts.dense(512, 64), operand(64, 1, key: Keys.real), join: .none)
        }
        #expect(large != nil && bench.requests >= 1)
    }

    /// Long products go in turns, so that nobody waits for long; what is said of their progress is true.
    @Test func longProductsGoInTurns() throws {
        let bench = Bench(2)
        let told = Mutex<[[Int]]>([])
        let (plain, operand) = (try Sorts.dense(3072, 64), try operand(64, 1, key: Keys.real))
        let expected = try operand.product(variableTime: plain, join: .none)
        let context = WorkContext(progress: { done, of in told.withLock { $0.append([done, of]) } })
        let products = bench.products()
        let product = try context.run { try products.product(variableTime: plain, operand, join: .none) }
        #expect(product == expected)
        let turns = bench.requests
        #expect(turns > 1)
        #expect(told.withLock { $0 } == (1...turns).map { [$0, turns] })
        #expect(bench.services.map(\.keptOperands) == [1, 1])
        // What was kept for the turns alone goes with the next request.
        _ = try products.product(variableTime: Sorts.dense(2, 2), small(), join: .none)
        #expect(bench.services.map(\.keptOperands) == [0, 0])
    }

    /// Whoever gives a product up waits no longer, and the next one is right.
    @Test(.timeLimit(.minutes(1))) func cancelledWhileRanksWork() throws {
        let bench = Bench(2)
        let gate = DispatchSemaphore(value: 0)
        let isHeldUp = Mutex(true)
        let products = RankProducts(ranks: 2, threads: 1, choice: .all) { payload in
            if isHeldUp.withLock({ $0 }) { gate.wait() }
            return try bench.request(payload)
        }
        let (plain, operand) = (try Sorts.dense(9, 12), try operand(12, 1, isReused: true))
        let cancellation = Cancellation()
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.2) { cancellation.cancel() }
        #expect(throws: PaillierError.cancelled) {
            try WorkContext(cancellation: cancellation).run {
                try products.product(variableTime: plain, operand, join: .none)
            }
        }
        isHeldUp.withLock { $0 = false }
        gate.signal()
        let expected = try operand.product(variableTime: plain, join: .none)
        #expect(try products.product(variableTime: plain, operand, join: .none) == expected)
    }

    private func small() throws -> EncryptedOperand { try operand(2, 1) }

    @Test func ranksThatAreGoneEndTheProduct() throws {
        let error = RankError.died(rank: 1, host: "calc2", cause: "killed by signal 9")
        let products = RankProducts(ranks: 2, threads: 1, choice: .all) { _ in throw error }
        #expect(throws: PaillierError.elsewhere("\(error)")) {
            try products.product(variableTime: Sorts.dense(9, 12), operand(12, 1), join: .none)
        }
    }
}
