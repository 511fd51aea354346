/// A table of rows that events name by index.
public struct Embedding: Sendable {
    /// Rows of the table.
    public let count: Int
    /// Elements of a row.
    public let columns: Int

    /// - Parameters:
    ///   - count: rows of the table, above 0.
    ///   - columns: above 0.
    public init(count: Int, columns: Int) {
        precondition(count > 0 && columns > 0, "a table has rows and columns")
        (self.count, self.columns) = (count, columns)
    }

    /// `y[i] = table[indices[i]]` for i in `rows`. Traps on an index that is no row of the table.
    ///
    /// - Parameters:
    ///   - table: count x columns.
    ///   - indices: one for each row of y.
    ///   - y: rows x columns.
    public func gather(_ table: InputSlice, _ indices: IndexSlice, into y: OutputSlice, rows: Range<Int>) {
        for row in rows {
            (y + row * columns).update(from: table + checked(indices[row]) * columns, count: columns)
        }
    }

    /// `tableGradient[indices[i]] += gradient[i]` for i in `rows`, one after another: ranges one after another give the
    /// bits of one.
    ///
    /// - Parameters:
    ///   - gradient: rows x columns.
    ///   - indices: one for each row of gradient.
    ///   - tableGradient: count x columns, added to.
    public func scatterAdd(
        _ gradient: InputSlice, _ indices: IndexSlice, addingTo tableGradient: OutputSlice, rows: Range<Int>
    ) {
        for row in rows {
            let target = tableGradient + checked(indices[row]) * columns
            vectorKernels.add(target, gradient + row * columns, columns, target)
        }
    }

    /// The table's gradient as the rows that are not zero: for tables too large for a gradient of their own.
    ///
    /// What one index gets is added in the order of i, so each row has the bits that `scatterAdd` gives it in a table
    /// of zeros.
    ///
    /// - Parameters:
    ///   - gradient: rows x columns.
    ///   - indices: one for each row of gradient.
    ///   - touched: at most `rows.count` indices, ascending.
    ///   - touchedGradient: their gradients, at most `rows.count` x columns.
    ///   - order: scratch of `rows.count` words.
    /// - Returns: how many indices were touched.
    public func sparseGradient(
        _ gradient: InputSlice, _ indices: IndexSlice, touched: UnsafeMutablePointer<Int32>,
        touchedGradient: OutputSlice, rows: Range<Int>, order: UnsafeMutablePointer<UInt64>
    ) -> Int {
        for (place, row) in rows.enumerated() { order[place] = UInt64(checked(indices[row])) << 32 | UInt64(row) }
        heapSort(order, rows.count)
        var found = 0
        for place in 0..<rows.count {
            let (index, row) = (Int32(order[place] >> 32), Int(order[place] & 0xFFFF_FFFF))
            let isNew = found == 0 || touched[found - 1] != index
            if isNew {
                touched[found] = index
                found += 1
                (touchedGradient + (found - 1) * columns).update(repeating: 0, count: columns)
            }
            let target = touchedGradient + (found - 1) * columns
            vectorKernels.add(target, gradient + row * columns, columns, target)
        }
        return found
    }

    private func checked(_ index: Int32) -> Int {
        precondition(index >= 0 && Int(index) < count, "an index is a row of the table")
        return Int(index)
    }
}

/// Sorts in place: the standard library's sort allocates.
private func heapSort(_ words: UnsafeMutablePointer<UInt64>, _ count: Int) {
    func sink(_ start: Int, _ end: Int) {
        var parent = start
        while 2 * parent + 1 < end {
            var child = 2 * parent + 1
            if child + 1 < end && words[child + 1] > words[child] { child += 1 }
            if words[parent] >= words[child] { return }
            (words[parent], words[child]) = (words[child], words[parent])
            parent = child
        }
    }
    for start in (0..<count / 2).reversed() { sink(start, count) }
    for end in (1..<max(count, 1)).reversed() {
        (words[0], words[end]) = (words[end], words[0])
        sink(0, end)
    }
}
