public import Tables

/// Batches of positions in the common row order, of which only the one that is asked for is in memory as numbers that can be worked with.
public struct RowBatches: RandomAccessCollection, Hashable, Sendable {
    private let rows: RowNumbers
    /// As many batches of one more row come first.
    private let larger: Int
    private let size: Int
    public let count: Int

    /// Cuts rows into batches, in their order.
    init(_ rows: RowNumbers, batch: Int) {
        self.rows = rows
        let runs = Schedule.runs(rows: rows.count, batch: batch)
        count = runs.reduce(0) { $0 + $1.count }
        size = count == 0 ? 0 : rows.count / count
        larger = count == 0 ? 0 : rows.count % count
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

    public subscript(index: Int) -> [Int] {
        let start = index * size + Swift.min(index, larger)
        return Array(rows[start..<start + size + (index < larger ? 1 : 0)])
    }
}
