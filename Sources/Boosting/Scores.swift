internal import Glibc

/// What the trees so far sum up to: for each output a score of each row.
struct Scores {
    let rows: Int
    private let outputs: Int
    /// Outputs x rows.
    private var values: [Double] = []

    init(rows: Int, start: [Double]) {
        self.rows = rows
        outputs = start.count
        for score in start { values += repeatElement(score, count: rows) }
    }

    subscript(row: Int, output: Int) -> Double { values[output * rows + row] }

    mutating func add(_ tree: Tree, _ table: BinnedTable, output: Int) {
        values.withUnsafeMutableBufferPointer { values in
            tree.add(table, to: UnsafeMutableBufferPointer(rebasing: values[output * rows..<(output + 1) * rows]))
        }
    }

    /// log(sum e^s) over the outputs of a row.
    func logarithmOfSum(_ row: Int) -> Double {
        var largest = self[row, 0]
        for output in 1..<outputs { largest = max(largest, self[row, output]) }
        var sum = 0.0
        for output in 0..<outputs { sum += exp(self[row, output] - largest) }
        return largest + log(sum)
    }
}
