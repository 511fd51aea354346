import Glibc
import Kernels
import OutOfCore
import Testing
import Tiers

@Suite struct PagedTableTests {
    /// The same table with all in memory.
    private struct MemoryTable {
        let rule: AdaGrad
        let columns: Int
        private(set) var values: [Float]
        private var squares: [Float]
        private let embedding: Embedding

        init(rows: Int, columns: Int, first: FirstValues, rule: AdaGrad) {
            (self.rule, self.columns) = (rule, columns)
            embedding = Embedding(count: rows, columns: columns)
            values = [Float](unsafeUninitializedCapacity: rows * columns) { buffer, count in
                if let base = buffer.baseAddress { first.fill(base, first: 0, count: rows * columns) }
                count = rows * columns
            }
            squares = [Float](repeating: 0, count: rows * columns)
        }

        func gather(_ rows: [Int32]) -> [Float] {
            var y = [Float](repeating: 0, count: rows.count * columns)
            embedding.gather(values, rows, into: &y, rows: 0..<rows.count)
            return y
        }

        mutating func update(_ rows: [Int32], _ gradients: [Float]) {
            // The sums by row, in the batch's order.
            var sums: [Int32: [Float]] = [:]
            for (index, row) in rows.enumerated() {
                let gradient = gradients[index * columns..<(index + 1) * columns]
                sums[row] = zip(sums[row] ?? .init(repeating: 0, count: columns), gradient).map { $0 + $1 }
            }
            for (row, sum) in sums {
                let start = Int(row) * columns
                squares.withUnsafeMutableBufferPointer { squares in
                    values.withUnsafeMutableBufferPointer { values in
                        guard let v = values.baseAddress, let s = squares.baseAddress else { return }
                        rule.update(v + start, gradient: sum, squares: s + start, count: columns)
                    }
                }
            }
        }
    }

    private static let isLong = getenv("COLONNADE_LONG_TESTS") != nil

    /// Trains both and compares every row that is gathered, and in the end the whole table.
    private static func compare(
        rows: Int, columns: Int, budget: Int, pageBytes: Int, batch: Int, batches: Int, ahead: Int
    ) throws -> PagedTable.Counters {
        let (first, rule) = (FirstValues.uniform(bound: 0.1, seed: 9), AdaGrad(rate: 0.1))
        var expected = MemoryTable(rows: rows, columns: columns, first: first, rule: rule)
        let table = try PagedTable(
            rows: rows, columns: columns, first: first, optimiser: rule, budget: budget, in: scratch,
            pageBytes: pageBytes)
        var numbers = Numbers(seed: 8)
        let all = (0..<batches).map { _ in numbers.zipf(batch, rows: rows) }
        for rows in all.prefix(ahead) { table.prefetch(rows) }
        for (index, rows) in all.enumerated() {
            var y = [Float](repeating: 0, count: batch * columns)
            try table.gather(rows, into: &y)
            try #require(same(y, expected.gather(rows)), "batch \(index)")
            if ahead > 0, index + ahead < batches { table.prefetch(all[index + ahead]) }
            let gradients = numbers.floats(batch * columns)
            try table.update(rows, gradients: gradients)
            expected.update(rows, gradients)
        }
        let counters = table.counters
        for start in stride(from: 0, to: rows, by: 4096) {
            let part = (start..<min(start + 4096, rows)).map { Int32($0) }
            var y = [Float](repeating: 0, count: part.count * columns)
            try table.gather(part, into: &y)
            try #require(same(y, expected.gather(part)), "rows from \(start)")
        }
        return counters
    }

    /// 2 MiB of values and as much state in 256 KiB of memory.
    @Test(arguments: [0, 1, 3]) func trainingHasTheBitsOfMemory(ahead: Int) throws {
        let counters = try Self.compare(
            rows: 1 << 15, columns: 16, budget: 256 << 10, pageBytes: 4096, batch: 300, batches: 30, ahead: ahead)
        #expect(counters.bytesWritten > 0 && counters.bytesRead > 0 && counters.made > 0)
        #expect((counters.prefetched > 0) == (ahead > 0))
    }

    /// A batch that touches far more pages than memory holds, with and without announcement.
    @Test(arguments: [0, 2]) func batchesMayBeLargerThanMemory(ahead: Int) throws {
        _ = try Self.compare(
            rows: 1 << 12, columns: 8, budget: 20_000, pageBytes: 4096, batch: 2000, batches: 6, ahead: ahead)
    }

    /// 64 MB of values, with their state 128 MB, in 8 MB.
    @Test(.enabled(if: isLong)) func aLargeTableHasTheBitsOfMemory() throws {
        let counters = try Self.compare(
            rows: 1 << 18, columns: 64, budget: 8 << 20, pageBytes: 1 << 14, batch: 2048, batches: 100, ahead: 1)
        print(counters)
        #expect(counters.bytesWritten > 8 << 20)
    }

    /// All batches known, and nothing fetched ahead: as few faults as Belady's choice leaves.
    @Test func announcedTrainingHasBeladysFaults() throws {
        let file = try PageFile(in: scratch, pages: 64, pageBytes: 4096)
        // 8 rows a page.
        let table = PagedTable(
            rows: 512, columns: 64, first: .zero, optimiser: AdaGrad(rate: 1), frames: 12, store: file)
        var numbers = Numbers(seed: 11)
        let batches = (0..<40).map { _ in numbers.zipf(10, rows: 512) }
        var trace: [Int] = []
        for batch in batches {
            table.announce(batch)
            let pages = Set(batch.map { Int($0) / 8 }).sorted()
            trace += pages + pages
        }
        for batch in batches {
            var y = [Float](repeating: 0, count: 640)
            try table.gather(batch, into: &y)
            try table.update(batch, gradients: y)
        }
        var (resident, faults) = (Set<Int>(), 0)
        for (index, page) in trace.enumerated() where resident.insert(page).inserted {
            faults += 1
            guard resident.count > 12 else { continue }
            let rest = trace[(index + 1)...]
            let others = resident.subtracting([page])
            let farthest = others.max { (rest.firstIndex(of: $0) ?? .max) < (rest.firstIndex(of: $1) ?? .max) }
            if let farthest { resident.remove(farthest) }
        }
        #expect(table.counters.faults == faults)
        #expect(table.counters.hits == trace.count - faults)
    }

    /// With room for all of it, a table needs no disk, and has none.
    @Test func whatFitsIntoMemoryStaysThere() throws {
        func table(_ budget: Int, in folder: String?) throws -> PagedTable {
            try PagedTable(
                rows: 5000, columns: 16, first: .uniform(bound: 1, seed: 4), optimiser: AdaGrad(rate: 0.1),
                budget: budget, in: folder, pageBytes: 4096)
        }
        let whole = PagedTable.memoryBytes(rows: 5000, columns: 16, pages: .max, pageBytes: 4096)
        let tables = [
            try table(whole, in: nil), try table(whole, in: "/nowhere/at/all"), try table(whole / 9, in: scratch),
        ]
        #expect(throws: OutOfCoreError.budget(needed: whole, given: whole - 1)) { try table(whole - 1, in: nil) }
        let few = PagedTable.memoryBytes(rows: 5000, columns: 16, pages: 3, pageBytes: 4096)
        #expect(few < whole / 20)
        _ = try table(few, in: scratch)
        var numbers = Numbers(seed: 12)
        for _ in 0..<10 {
            let (rows, gradients) = (numbers.zipf(300, rows: 4096), numbers.floats(300 * 16))
            for table in tables {
                table.prefetch(rows)
                try table.update(rows, gradients: gradients)
            }
        }
        let all = (0..<5000).map { Int32($0) }
        let values = try tables.map { table in
            var y = [Float](repeating: 0, count: 5000 * 16)
            try table.gather(all, into: &y)
            return y
        }
        #expect(same(values[0], values[1]) && same(values[0], values[2]))
        #expect(tables.map { $0.counters.bytesWritten > 0 } == [false, false, true])
    }

    /// A step of a rate of its own, from values that were put there.
    @Test func rowsMayBeReplacedAndMovedByAnotherRate() throws {
        let table = try PagedTable(
            rows: 1000, columns: 8, first: .zero, optimiser: AdaGrad(rate: 1), budget: 32 << 10, in: scratch,
            pageBytes: 4096)
        let values = (0..<8000).map { Float($0) }
        for start in stride(from: 0, to: 1000, by: 300) {
            let part = start..<min(start + 300, 1000)
            try table.replace(part, with: Array(values[part.lowerBound * 8..<part.upperBound * 8]))
        }
        try table.update([7, 999], gradients: [Float](repeating: -2, count: 16), rate: 0.25)
        try table.update([7], gradients: [Float](repeating: -2, count: 8))
        var y = [Float](repeating: 0, count: 8000)
        try table.gather((0..<1000).map { Int32($0) }, into: &y)
        for (place, value) in y.enumerated() {
            // -2 / √4, then -2 / √8.
            let moved: Float = place / 8 == 7 ? 0.25 + Float(0.5).squareRoot() : place / 8 == 999 ? 0.25 : 0
            #expect(abs(value - values[place] - moved) < 1e-3)
        }
    }

    @Test func pagesNeverWrittenAreMade() throws {
        let table = try PagedTable(
            rows: 100_000, columns: 4, first: .uniform(bound: 2, seed: 1), optimiser: AdaGrad(rate: 1),
            budget: 64 << 10, in: scratch, pageBytes: 4096)
        var sum = 0.0
        for start in stride(from: 0, to: 100_000, by: 1000) {
            var y = [Float](repeating: 0, count: 4000)
            try table.gather((start..<start + 1000).map { Int32($0) }, into: &y)
            #expect(y.allSatisfy { abs($0) <= 2 })
            sum += y.reduce(0) { $0 + Double($1 * $1) }
        }
        // The variance of what is even from -2 to 2 is 4/3; 400,000 numbers.
        #expect(abs(sum / 400_000 - 4.0 / 3) < 0.01)
        let counters = table.counters
        #expect(counters.bytesRead == 0 && counters.bytesWritten == 0 && counters.made == 782)
    }

    /// 32 pages to be written and 32 to be read take this disk 260 ms, in which nobody waits for it.
    @Test func prefetchReturnsAtOnceAndHidesTheDisk() throws {
        let file = try PageFile(in: scratch, pages: 128, pageBytes: 4096)
        let table = PagedTable(
            rows: 1024, columns: 64, first: .zero, optimiser: AdaGrad(rate: 1), frames: 64, store: file)
        func batch(_ pages: Range<Int>) -> [Int32] { pages.map { Int32($0 * 8) } }
        let ones = [Float](repeating: 1, count: 128 * 64)
        try table.update(batch(0..<128), gradients: ones)
        file.rate = 1e6
        let before = table.counters
        table.prefetch(batch(0..<32))
        #expect(table.counters.bytesRead < before.bytesRead + 32 * 4096)
        // Another party's turn.
        for _ in 0..<1000 where table.counters.bytesRead < before.bytesRead + 32 * 4096 { pause(microseconds: 10_000) }
        var y = [Float](repeating: 0, count: 32 * 64)
        try table.gather(batch(0..<32), into: &y)
        let after = table.counters
        #expect(y.allSatisfy { $0 == -1 })
        #expect(after.faults == before.faults && after.hits == before.hits + 32)
        #expect(after.stalled == before.stalled)
    }

    /// Batches that were announced and did not come are forgotten.
    @Test func otherBatchesThanAnnouncedMayCome() throws {
        let table = try PagedTable(
            rows: 4096, columns: 64, first: .zero, optimiser: AdaGrad(rate: 1), budget: 32 << 10, in: scratch,
            pageBytes: 4096)
        var numbers = Numbers(seed: 6)
        let batches = (0..<20).map { _ in numbers.zipf(12, rows: 4096) }
        for batch in batches { table.prefetch(batch) }
        var y = [Float](repeating: 0, count: 12 * 64)
        for index in [2, 3, 9, 0, 19] {
            try table.gather(batches[index], into: &y)
            if index != 3 { try table.update(batches[index], gradients: [Float](repeating: 0, count: 12 * 64)) }
        }
        #expect(y.allSatisfy { $0 == 0 })
    }

    @Test func aFailureOfTheDiskNamesRows() throws {
        let file = try PageFile(in: scratch, pages: 16, pageBytes: 4096)
        let table = PagedTable(
            rows: 128, columns: 64, first: .zero, optimiser: AdaGrad(rate: 1), frames: 2,
            store: FailingStore(file, from: 3))
        let ones = [Float](repeating: 1, count: 64)
        for page in 0..<4 { try table.update([Int32(page * 8)], gradients: ones) }
        // The third transfer writes page 2, so that page 4 may come.
        let error = OutOfCoreError.rows(32..<40, cause: FailingStore.error)
        #expect(throws: error) { try table.update([33], gradients: ones) }
        #expect("\(error)".contains("rows 32 to 39") && "\(error)".contains("/disk"))
    }

    @Test func aBudgetBelowAPageIsRefusedWithTheLeastOne() throws {
        func table(_ budget: Int) throws -> PagedTable {
            try PagedTable(
                rows: 10_000, columns: 64, first: .zero, optimiser: AdaGrad(rate: 1), budget: budget, in: scratch)
        }
        let least = try #require(throws: OutOfCoreError.self) { try table(1000) }
        guard case .budget(let needed, 1000) = least else {
            Issue.record("\(least)")
            return
        }
        #expect(needed > 1 << 16 && needed < 70_000)
        _ = try table(needed)
        #expect(throws: OutOfCoreError.self) { try table(needed - 1) }
    }
}
