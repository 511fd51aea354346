/// The line of a file on which each row begins; of a query's answer, which row it is. Rises from row to row.
///
/// Kept as the stretches in which every row has a line of its own and none is left out: mostly one.
struct RowLines: Sendable {
    private var stretches: [(row: Int, line: Int)] = []
    private(set) var count = 0
    private var next = 0

    mutating func append(_ line: Int) {
        if line != next { stretches.append((count, line)) }
        (count, next) = (count + 1, line + 1)
    }

    subscript(row: Int) -> Int {
        var (low, high) = (0, stretches.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if stretches[middle].row <= row { low = middle } else { high = middle }
        }
        return stretches[low].line + row - stretches[low].row
    }
}
