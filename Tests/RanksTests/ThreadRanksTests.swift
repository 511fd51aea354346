import RankTesting
import Ranks
import Testing

/// Threads against plain sums; each case has lengths and groups of its own.
@Suite struct ThreadRanksTests {
    @Test(arguments: [1, 2, 3, 4, 7]) func collectivesAgreeWithPlainSums(count: Int) throws {
        let reports = try ThreadRanks.run(count) { ranks in
            try CollectiveTrial(seed: UInt64(count)).run(on: ranks)
        }
        #expect(reports.count == count)
        #expect(Set(reports).count == 1)
    }

    struct Broken: Error, Equatable { let rank: Int }

    @Test func firstErrorEndsAll() {
        @Sendable func work(_ ranks: any Collectives) throws {
            if ranks.rank == 2 { throw Broken(rank: 2) }
            #expect(throws: RankError.failed(rank: 2, problem: "Broken(rank: 2)")) { try ranks.barrier() }
            // Later calls fail too.
            try ranks.barrier()
        }
        #expect(throws: Broken(rank: 2)) { try ThreadRanks.run(4, work) }
    }

    @Test func rankThatEndedEndsWhoWaitsForIt() {
        #expect(throws: RankError.failed(rank: 1, problem: "it ended while others wait for it in barrier")) {
            try ThreadRanks.run(3) { ranks in if ranks.rank != 1 { try ranks.barrier() } }
        }
        #expect(throws: RankError.failed(rank: 1, problem: "it ended while rank 0 waits for its bytes")) {
            try ThreadRanks.run(2) { ranks in
                guard ranks.rank == 0 else { return }
                try withUnsafeTemporaryAllocation(byteCount: 4, alignment: 4) {
                    try ranks.receive(into: $0, from: 1, tag: 0)
                }
            }
        }
    }

    @Test func waitingInAGroupEndsWithAnErrorElsewhere() {
        #expect(throws: Broken(rank: 2)) {
            try ThreadRanks.run(3) { ranks in
                guard ranks.rank < 2 else { throw Broken(rank: 2) }
                let pair = try ranks.group(of: [0, 1])
                if ranks.rank == 0 { try pair.barrier() }
                try ranks.barrier()
            }
        }
    }

    @Test func differentLengthsAreNamed() {
        let problem =
            "the ranks do not do the same: rank 0: allReduce of 4 values, rank 1: allReduce of 5 values"
        #expect(throws: RankError.usage(problem)) {
            try ThreadRanks.run(2) { ranks in
                var values = [Float](repeating: 1, count: 4 + ranks.rank)
                try values.withUnsafeMutableBufferPointer { try ranks.allReduce($0) }
            }
        }
    }

    @Test func wrongUseIsNamed() throws {
        _ = try ThreadRanks.run(2) { ranks in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 6) { six in
                six.initialize(repeating: 0)
                let (five, two) = (UnsafeBufferPointer(six.extracting(0..<5)), six.extracting(4..<6))
                #expect(throws: RankError.usage("reduceScatter of 2 ranks: 5 values are not 2 times 2")) {
                    try ranks.reduceScatter(five, into: two)
                }
                #expect(throws: RankError.usage("allGather of 2 ranks: 6 values are not 2 times 5")) {
                    try ranks.allGather(five, into: six)
                }
                let raw = UnsafeMutableRawBufferPointer(six)
                #expect(throws: RankError.usage("allGather of 2 ranks: 0..<8, 8..<25 are not their parts of 24 bytes"))
                {
                    try ranks.allGather(raw, parts: [0..<8, 8..<25])
                }
                #expect(throws: RankError.usage("broadcast: no rank 2 among 2")) { try ranks.broadcast(raw, from: 2) }
                #expect(throws: RankError.usage("receive: tag 32768 is not in 0...16383")) {
                    try ranks.receive(into: raw, from: 1 - ranks.rank, tag: 0x8000)
                }
                #expect(throws: RankError.usage("send: rank \(ranks.rank) is this rank itself")) {
                    try ranks.send(UnsafeRawBufferPointer(raw), to: ranks.rank, tag: 0)
                }
                #expect(throws: RankError.usage("group: a rank stands twice in [0, 0]")) {
                    try ranks.group(of: [0, 0])
                }
                #expect(throws: RankError.usage("group: rank \(ranks.rank) is not in [\(1 - ranks.rank)]")) {
                    try ranks.group(of: [1 - ranks.rank])
                }
            }
        }
    }
}
