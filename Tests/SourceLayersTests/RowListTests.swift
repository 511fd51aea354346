import Arithmetic
import Cryptography
import SourceLayers
import Specification
import Testing

@Suite struct RowListTests {
    private func stream(_ name: String) throws -> RandomStream { try RecordedRandomSource(seed: [5]).stream(name) }

    @Test(arguments: [
        (touched: [], count: 1, all: 1), ([3], 1, 4), ([0, 9], 10, 10), ([0, 1, 2], 5, 9), ([7, 8], 8, 9),
        ([999_999, 5, 0], 100, 1_000_000),
    ])
    func listsCoverWhatIsTouched(touched: [Int], count: Int, all: Int) throws {
        let rows = try RowList.covering(Set(touched), count: count, of: all, decoysFrom: stream("list"))
        let listing = try RowListing(rows, count: count, of: all)
        #expect(listing.rows == rows && Set(touched).isSubset(of: rows))
        for (place, row) in rows.enumerated() { #expect(try listing.place(of: row) == place) }
        for row in [-1, all] + (0..<min(all, 50)).filter({ !rows.contains($0) }) {
            #expect(throws: SourceLayerError.self) { try listing.place(of: row) }
        }
    }

    /// Each of eight untouched rows is a decoy in three of eight lists.
    @Test func decoysAreUniform() throws {
        var counts = [Int](repeating: 0, count: 10)
        let stream = try stream("decoys")
        for _ in 0..<8000 {
            for row in try RowList.covering([2, 9], count: 5, of: 10, decoysFrom: stream) { counts[row] += 1 }
        }
        #expect(counts[2] == 8000 && counts[9] == 8000)
        // Four standard deviations of 43.
        for row in [0, 1, 3, 4, 5, 6, 7, 8] { #expect(abs(counts[row] - 3000) < 175) }
    }

    @Test func whatCannotBeListedIsRefused() throws {
        for (touched, count, all) in [([1, 2], 1, 5), ([5], 2, 5), ([-1], 2, 5), ([], 6, 5)] as [(Set<Int>, Int, Int)] {
            #expect(throws: SourceLayerError.self) {
                try RowList.covering(touched, count: count, of: all, decoysFrom: stream("refused"))
            }
        }
    }

    @Test func columnsOfABatchAreThoseListed() throws {
        let batch = SparseMatrix<Int64>(
            columns: 6, rows: [[.init(1, 7), .init(2, 0), .init(5, -3)], [], [.init(3, 4)]])
        let columns = try RowListing([1, 3, 4, 5], count: 4, of: 6).columns(of: batch)
        #expect(columns.columns == 4 && columns.storedCount == 3)
        #expect(columns.row(0).map(\.column) == [0, 3] && columns.row(0).map(\.value) == [7, -3])
        #expect(columns.row(1).isEmpty && columns.row(2).map(\.column) == [1])
        let short = try RowListing([1, 4, 5], count: 3, of: 6)
        #expect(throws: SourceLayerError.invalidListing("the batch needs a row that it lacks")) {
            try short.columns(of: batch)
        }
    }
}
