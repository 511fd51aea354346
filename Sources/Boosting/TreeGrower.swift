internal import Workers

/// Grows trees on the rows of one table, one after the other.
final class TreeGrower: @unchecked Sendable {  // while several threads read the buffers, nobody writes them
    private let table: BinnedTable
    private let parameters: BoostedTrees.Parameters
    private let searches: [SplitSearch]
    private let training: [Int32]
    /// The training rows, those of each node side by side, in ascending order.
    private let rows: UnsafeMutableBufferPointer<Int32>
    private let spare: UnsafeMutableBufferPointer<Int32>
    /// Derivatives of the rows of one node, in their order.
    private let gathered: UnsafeMutableBufferPointer<Derivatives>

    /// Additions to a histogram from which on columns are worth handing to other threads.
    private static let worthSharing = 1 << 15

    /// A leaf that is worth splitting.
    private struct Open {
        var leaf: Int
        var rows: Range<Int>
        var depth: Int
        var split: Split
        var histogram: Histogram
    }

    init(_ table: BinnedTable, training: [Int32], parameters: BoostedTrees.Parameters) {
        self.table = table
        self.training = training
        self.parameters = parameters
        searches = table.binnings.enumerated().map { column, binning in
            SplitSearch(
                parameters: parameters, column: column, binning: binning, hasMissing: table.hasMissing[column])
        }
        rows = .allocate(capacity: training.count)
        spare = .allocate(capacity: training.count)
        gathered = .allocate(capacity: training.count)
        spare.initialize(repeating: 0)
        gathered.initialize(repeating: .zero)
        _ = rows.initialize(from: training)
    }

    deinit {
        rows.deallocate()
        spare.deallocate()
        gathered.deallocate()
    }

    /// The tree that lowers a loss with these derivatives, its values scaled by the rate.
    ///
    /// - Parameter derivatives: One for each row of the table.
    func grow(_ derivatives: UnsafeBufferPointer<Derivatives>) throws(BoostingError) -> Tree {
        _ = rows.update(from: training)
        let all = 0..<rows.count
        gather(derivatives, all)
        let total = gathered.reduce(.zero, +)
        var tree = Tree(value: value(total))
        let histogram = Histogram(columns: searches.count)
        let splits = try forEachColumn(additions: all.count) { [self] column in
            fill(histogram, all, column: column)
            return searches[column].best(in: histogram[column], total: total)
        }
        var open: [Open] = []
        if let split = best(splits) { open = [Open(leaf: 0, rows: all, depth: 0, split: split, histogram: histogram)] }
        while let node = open.popLast() { try grow(&tree, node, derivatives, &open) }
        return tree
    }

    /// Splits a leaf, and opens its children where they are worth it.
    private func grow(
        _ tree: inout Tree, _ node: Open, _ derivatives: UnsafeBufferPointer<Derivatives>, _ open: inout [Open]
    ) throws(BoostingError) {
        let (split, middle) = (node.split, partition(node.rows, by: node.split))
        // Sums that were rounded may see weight where there are no rows.
        guard node.rows.lowerBound < middle, middle < node.rows.upperBound else { return }
        let child = tree.split(
            node.leaf, column: split.column, left: split.left,
            values: (value(split.sums.left), value(split.sums.right)))
        let depth = node.depth + 1
        guard depth < parameters.depth,
            max(split.sums.left.y, split.sums.right.y) >= 2 * parameters.minimumChildWeight
        else { return }

        var small = (leaf: child, rows: node.rows.lowerBound..<middle, sum: split.sums.left)
        var large = (leaf: child + 1, rows: middle..<node.rows.upperBound, sum: split.sums.right)
        if small.rows.count > large.rows.count { swap(&small, &large) }
        gather(derivatives, small.rows)
        let histograms = (small: Histogram(columns: searches.count), large: node.histogram)
        let splits = try forEachColumn(additions: small.rows.count) { [self, small, large] column in
            fill(histograms.small, small.rows, column: column)
            histograms.large.subtract(histograms.small, column: column)
            return (
                small: searches[column].best(in: histograms.small[column], total: small.sum),
                large: searches[column].best(in: histograms.large[column], total: large.sum)
            )
        }
        if let split = best(splits.map(\.small)) {
            open.append(
                Open(leaf: small.leaf, rows: small.rows, depth: depth, split: split, histogram: histograms.small))
        }
        if let split = best(splits.map(\.large)) {
            open.append(
                Open(leaf: large.leaf, rows: large.rows, depth: depth, split: split, histogram: histograms.large))
        }
    }

    private func value(_ sum: Derivatives) -> Double { -parameters.rate * sum.x / (sum.y + parameters.lambda) }

    /// The first of those that gain most.
    private func best(_ splits: [Split?]) -> Split? {
        splits.lazy.compactMap(\.self).reduce(nil) { best, split in
            if let best, best.gain >= split.gain { best } else { split }
        }
    }

    private func forEachColumn<Element: Sendable>(
        additions: Int, _ body: @Sendable (Int) -> Element
    ) throws(BoostingError) -> [Element] {
        guard additions * searches.count >= Self.worthSharing else { return searches.indices.map(body) }
        guard let elements = Parallel.map(count: searches.count, body) else { throw .cancelled }
        return elements
    }

    private func gather(_ derivatives: UnsafeBufferPointer<Derivatives>, _ range: Range<Int>) {
        for (index, row) in rows[range].enumerated() { gathered[index] = derivatives[Int(row)] }
    }

    /// Sums up a column over rows that were gathered.
    private func fill(_ histogram: Histogram, _ range: Range<Int>, column: Int) {
        histogram.add(
            UnsafeBufferPointer(rebasing: rows[range]), UnsafeBufferPointer(rebasing: gathered[..<range.count]),
            of: table, column: column)
    }

    /// Puts the rows that go left first, keeps the order on both sides, and returns where the right side begins.
    private func partition(_ range: Range<Int>, by split: Split) -> Int {
        table.bins.withUnsafeBufferPointer { bins in
            let bins = UnsafeBufferPointer(rebasing: bins[split.column * table.rows..<(split.column + 1) * table.rows])
            var (left, right) = (range.lowerBound, 0)
            for index in range {
                let row = rows[index]
                if split.left.contains(bins[Int(row)]) {
                    rows[left] = row
                    left += 1
                } else {
                    spare[right] = row
                    right += 1
                }
            }
            for index in 0..<right { rows[left + index] = spare[index] }
            return left
        }
    }
}
