import AddressPlanning
import Testing

/// Worked by hand from the rules of PyTorch's allocator.
@Suite struct CachingAllocatorTests {
    private static let mebibyte = 1 << 20

    /// Each row: name, start, end, bytes.
    private func run(_ rows: [(String, Int, Int, Int)], limit: Int? = nil) throws -> CachingAllocator.Outcome {
        let buffers = rows.map { Buffer(id: $0.0, lower: $0.1, upper: $0.2, size: $0.3, alignment: 1) }
        return CachingAllocator.run(try AllocationProblem(buffers), limit: limit)
    }

    @Test func sizesAreRoundedTo512AndShareASegment() throws {
        let outcome = try run([("a", 0, 9, 1), ("b", 1, 9, 513)])
        #expect(outcome.reserved == 2 << 20)
        #expect(outcome.allocated == 512 + 1024)
        #expect(outcome.requested == 514)
        #expect(outcome.failed == nil)
        #expect(abs(outcome.fragmentation - (1 - 1536 / 2_097_152.0)) < 1e-12)
    }

    @Test func poolsDoNotLend() throws {
        // 1 MiB is small, one byte more is large: a segment of each kind.
        #expect(try run([("a", 0, 9, Self.mebibyte), ("b", 0, 9, Self.mebibyte + 1)]).reserved == 22 << 20)
        // 10 MiB has a segment of its own, 10 MiB - 512 shares one of 20.
        #expect(try run([("a", 0, 9, 10 << 20)]).reserved == 10 << 20)
        #expect(try run([("a", 0, 9, (10 << 20) - 512)]).reserved == 20 << 20)
        #expect(try run([("a", 0, 9, (11 << 20) + 1)]).reserved == 12 << 20)
    }

    @Test func aLargeBlockIsSplitOnlyIfMoreThanAMebibyteIsLeft() throws {
        // 19 MiB out of a freed 20 leaves 1: not split, 20 in use. 18 leaves 2: split, and 2 are free for the third.
        let whole = try run([("a", 0, 1, 20 << 20), ("b", 1, 9, 19 << 20), ("c", 2, 9, 2 << 20)])
        #expect(whole.allocated == 22 << 20)
        #expect(whole.reserved == 40 << 20)
        let split = try run([("a", 0, 1, 20 << 20), ("b", 1, 9, 18 << 20), ("c", 2, 9, 2 << 20)])
        #expect(split.allocated == 20 << 20)
        #expect(split.reserved == 20 << 20)
    }

    @Test func theSmallestBlockThatFitsIsTaken() throws {
        // 30 and 20 are free; 20 must go into 20, so that 30 goes into 30.
        let outcome = try run([
            ("a", 0, 2, 30 << 20), ("b", 0, 2, 20 << 20), ("c", 2, 9, 20 << 20), ("d", 3, 9, 30 << 20),
        ])
        #expect(outcome.reserved == 50 << 20)
    }

    @Test func freedNeighboursJoin() throws {
        // Three blocks of 4 MiB and what is left of 20; the first two and the last two join to 8 and 12, then all.
        let rows = [("a", 0, 2, 4 << 20), ("b", 0, 3, 4 << 20), ("c", 0, 9, 4 << 20)]
        #expect(try run(rows + [("d", 3, 9, 8 << 20), ("e", 4, 9, 8 << 20)]).reserved == 20 << 20)
        // Between two that live, 4 and 4 do not make 8.
        let apart = [("a", 0, 2, 4 << 20), ("b", 0, 9, 4 << 20), ("c", 0, 2, 4 << 20), ("d", 0, 9, 8 << 20)]
        #expect(try run(apart + [("e", 3, 9, 8 << 20)]).reserved == 40 << 20)
    }

    @Test func fragmentsMakeARequestFailThatWouldFit() throws {
        // 24 of 40 MiB are free, in three parts of 8: a request for 20 needs another segment.
        let rows = [
            ("a", 0, 1, 40 << 20), ("b", 1, 2, 8 << 20), ("c", 1, 9, 8 << 20), ("d", 1, 2, 8 << 20),
            ("e", 1, 9, 8 << 20),
            ("f", 2, 9, 20 << 20),
        ]
        #expect(try run(rows).reserved == 60 << 20)
        let failed = try run(rows, limit: 50 << 20)
        #expect(failed.failed == "f")
        #expect(failed.reserved == 40 << 20)
        #expect(try run(rows, limit: 60 << 20).failed == nil)
    }

    @Test func freeSegmentsGoBackBeforeARequestFails() throws {
        let rows = [("a", 0, 1, 30 << 20), ("b", 2, 9, 40 << 20)]
        let outcome = try run(rows, limit: 50 << 20)
        #expect(outcome.failed == nil)
        #expect(outcome.reserved == 40 << 20)
        #expect(try run(rows).reserved == 70 << 20)
    }
}
