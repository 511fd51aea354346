import Arithmetic
import Attacks
import Cryptography
import Glibc

/// Rows of three classes, of which six, three and one in ten are; the features say more about them the larger they are.
struct ClassData {
    let rows: Matrix<Double>
    var classes: [Int]

    init(rows: Matrix<Double>, classes: [Int]) { (self.rows, self.classes) = (rows, classes) }

    /// - Parameter scale: Of the features.
    init(rows count: Int, columns: Int, name: String, scale: Double = 1) throws {
        rows = try uniform(count, columns, "rows of \(name)").real.map { $0 * scale }
        let chances = try uniform(count, 1, "classes of \(name)").real.elements
        classes = zip(chances, 0...).map { [rows] chance, row in
            switch chance + rows[row, 0] {
            case ..<0.2: 0
            case ..<0.8: 1
            default: 2
            }
        }
    }

    /// The batch of a round; batches come again in the same order.
    func batch(_ round: Int, of size: Int) -> ClassData {
        let first = round * size % rows.rows
        let range = first..<min(first + size, rows.rows)
        return ClassData(rows: rows.selecting(rows: range), classes: Array(classes[range]))
    }

    /// The same with classes that have nothing to do with the rows.
    func shuffled(_ name: String) throws -> ClassData {
        let keys = try uniform(classes.count, 1, "shuffling of \(name)").elements
        let order = keys.indices.sorted { keys[$0] < keys[$1] }
        return ClassData(rows: rows, classes: order.map { classes[$0] })
    }
}

/// Multinomial regression as the label party's side of it would be, in the clear: zero at the start.
struct Softmax {
    private var weights: Matrix<Double>
    private var bias = [0.0, 0, 0]
    private let rate = 1.0

    init(columns: Int) { weights = Matrix(rows: columns, columns: 3, repeating: 0) }

    /// dZ of the cross-entropy.
    func derivative(_ batch: ClassData) -> Matrix<Double> {
        let z = batch.rows * weights
        var dZ = z
        for row in 0..<z.rows {
            let powers = zip(z.row(row), bias).map { exp($0 + $1) }
            let sum = powers.reduce(0, +)
            for column in 0..<3 { dZ[row, column] = powers[column] / sum - (column == batch.classes[row] ? 1 : 0) }
        }
        return dZ
    }

    mutating func descend(_ batch: ClassData, along dZ: Matrix<Double>, weights rowWeights: [Double]? = nil) {
        var step = dZ
        for row in 0..<dZ.rows {
            for column in 0..<3 { step[row, column] *= (rowWeights?[row] ?? 1) * rate / Double(dZ.rows) }
        }
        weights = weights - batch.rows.transposed() * step
        for column in 0..<3 { bias[column] -= (0..<step.rows).reduce(0) { $0 + step[$1, column] } }
    }
}
