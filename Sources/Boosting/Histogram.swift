/// Derivatives summed up by column and bin, over the rows of a node.
final class Histogram: @unchecked Sendable {  // one thread at a time works on the bins of a column
    /// Columns x 256.
    private let sums: UnsafeMutableBufferPointer<Derivatives>
    private static let bins = 256

    init(columns: Int) {
        sums = .allocate(capacity: columns * Self.bins)
        sums.initialize(repeating: .zero)
    }

    deinit { sums.deallocate() }

    subscript(column: Int) -> UnsafeMutableBufferPointer<Derivatives> {
        UnsafeMutableBufferPointer(rebasing: sums[column * Self.bins..<(column + 1) * Self.bins])
    }

    /// Adds rows to a column: `derivatives[i]` to the bin of `rows[i]`.
    func add(
        _ rows: UnsafeBufferPointer<Int32>, _ derivatives: UnsafeBufferPointer<Derivatives>, of table: BinnedTable,
        column: Int
    ) {
        let sums = self[column]
        table.bins.withUnsafeBufferPointer { bins in
            let bins = UnsafeBufferPointer(rebasing: bins[column * table.rows..<(column + 1) * table.rows])
            for (index, row) in rows.enumerated() { sums[Int(bins[Int(row)])] += derivatives[index] }
        }
    }

    /// Takes the rows of a child out of a column, so that the other child's are left.
    func subtract(_ child: Histogram, column: Int) {
        let (sums, others) = (self[column], child[column])
        for bin in 0..<Self.bins { sums[bin] -= others[bin] }
    }
}
