import Arithmetic
import Cryptography

/// Made-up batches of one party; recorded, so the same in every run.
struct LayerData {
    /// Of MatMul, by round: dense columns of numbers, uniform over all that features of `featureBits` bits can be.
    private(set) var numbers: [SparseMatrix<Int64>] = []
    /// Of Embed-MatMul, by round: for each row a category of each field, as a row of the table of all of them.
    private(set) var lookups: [Matrix<Int>] = []
    /// By round, for each row 0 or 1.
    private(set) var labels: [[Double]] = []

    init(_ task: LayerTask, of seat: Seat) throws {
        let source = RecordedRandomSource(seed: Array("colonnade-bench layer".utf8))
        let stream = try source.stream("\(task.name)/\(seat)")
        let columns = seat == .label ? task.label : task.feature
        for rows in task.batches {
            switch task.kind {
            case .matMul:
                numbers.append(Self.numbers(rows, columns, bits: task.featureBits, from: stream))
            case .embedMatMul:
                lookups.append(Self.lookups(rows, fields: columns, of: task.categories, from: stream))
            }
            labels.append(stream.bytes(rows).map { Double($0 & 1) })
        }
    }

    /// In fixed point at scale 2^20, |x| < 8: a sign, three bits before the point, and the others behind it.
    private static func numbers(
        _ rows: Int, _ columns: Int, bits: Int, from stream: RandomStream
    ) -> SparseMatrix<Int64> {
        let bytes = 3
        let drawn = stream.bytes(rows * columns * bytes)
        func number(_ place: Int) -> Int64 {
            let word = drawn[place * bytes..<(place + 1) * bytes].reduce(0) { $0 << 8 | Int64($1) }
            let signed = word % (1 << Int64(bits)) - (1 << Int64(bits - 1))
            // The least has no counterpart below 8.
            return max(signed, 1 - (1 << Int64(bits - 1))) << Int64(8 * bytes - bits)
        }
        let places = (0..<rows).map { row in
            (0..<columns).map { SparseMatrix<Int64>.Place($0, number(row * columns + $0)) }
        }
        return SparseMatrix(columns: columns, rows: places)
    }

    private static func lookups(
        _ rows: Int, fields: Int, of categories: Int, from stream: RandomStream
    ) -> Matrix<Int> {
        let elements = (0..<rows * fields).map { place in
            let word = stream.bytes(4).reduce(0) { $0 << 8 | Int($1) }
            return place % fields * categories + word % categories
        }
        return Matrix(rows: rows, columns: fields, elements: elements)
    }
}
