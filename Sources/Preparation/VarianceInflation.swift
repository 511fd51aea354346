public import Arithmetic

/// How far each of some columns follows from the others: its tolerance, `1 - R^2` of its regression on them, which is one divided by
/// its diagonal element of the inverse of the correlation matrix. The variance inflation factor is one divided by the tolerance.
///
/// A tolerance below ``least`` is 0, an inflation that is infinite: the column is a weighted sum of others, as far as correlations that
/// are known to seven digits can tell. So is that of every column that has a part in such a sum.
///
/// Source: Marquardt, Technometrics 12 (1970), for the factors; Goodnight, American Statistician 33 (1979), for the sweep operator.
public struct VarianceInflation: Sendable {
    /// A tolerance that counts as none.
    public static let least = 1e-6

    /// The columns that are in: places in the matrix, rising.
    public private(set) var columns: [Int]
    /// Of each of these, 0 to 1.
    public private(set) var tolerances: [Double] = []

    private let correlations: Matrix<Double>
    /// Of these columns, where it has one.
    private var inverse: [Double]?

    /// - Parameter correlations: Symmetric, of all columns, with ones on its diagonal.
    public init(_ correlations: Matrix<Double>) {
        precondition(correlations.rows == correlations.columns, "each column with each")
        self.correlations = correlations
        columns = Array(0..<correlations.rows)
        compute()
    }

    /// Takes a column out, by its place in the matrix.
    public mutating func remove(_ column: Int) {
        guard let place = columns.firstIndex(of: column) else { return }
        let count = columns.count
        columns.remove(at: place)
        guard let inverse else { return compute() }
        let others = (0..<count).filter { $0 != place }
        let pivot = inverse[place * count + place]
        let smaller = others.flatMap { row in
            others.map {
                inverse[row * count + $0] - inverse[row * count + place] * inverse[place * count + $0] / pivot
            }
        }
        self.inverse = smaller
        tolerances = others.indices.map { Self.tolerance(inflation: smaller[$0 * others.count + $0]) }
    }

    private mutating func compute() {
        let count = columns.count
        var swept = columns.flatMap { row in columns.map { correlations[row, $0] } }
        var left = Set(0..<count)
        while let pivot = left.max(by: { (swept[$0 * count + $0], $1) < (swept[$1 * count + $1], $0) }),
            swept[pivot * count + pivot] > Self.least
        {
            Self.sweep(&swept, count, pivot)
            left.remove(pivot)
        }
        // The columns that are left follow from the others: their own rest is known too little to be a pivot.
        tolerances = (0..<count).map { place in
            guard !left.contains(place) else { return 0 }
            let inflation = left.reduce(swept[place * count + place]) { sum, other in
                let weight = swept[place * count + other]
                return sum + weight * weight / max(swept[other * count + other], Self.floor)
            }
            return Self.tolerance(inflation: inflation)
        }
        inverse = left.isEmpty ? swept : nil
    }

    /// What the rest of a column that follows from others counts as, at least: noise in weights does not make others infinite, a part of
    /// 0.04 in the sum does.
    private static let floor = 1e-9

    private static func tolerance(inflation: Double) -> Double {
        let tolerance = inflation >= 1 ? 1 / inflation : 1
        return tolerance < least ? 0 : tolerance
    }

    /// Exchanges the roles of a column and its coefficients: after all columns the matrix is inverted.
    private static func sweep(_ matrix: inout [Double], _ count: Int, _ pivot: Int) {
        let start = pivot * count
        let value = matrix[start + pivot]
        for column in 0..<count { matrix[start + column] /= value }
        for row in 0..<count where row != pivot {
            let factor = matrix[row * count + pivot]
            guard factor != 0 else { continue }
            for column in 0..<count { matrix[row * count + column] -= factor * matrix[start + column] }
            matrix[row * count + pivot] = -factor / value
        }
        matrix[start + pivot] = 1 / value
    }
}
