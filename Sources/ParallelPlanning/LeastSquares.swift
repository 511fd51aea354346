/// Linear models fitted to measurements.
enum LeastSquares {
    /// The coefficients c that minimise the sum of squares of `rows * c - values`, by Householder reflections.
    ///
    /// - Parameter rows: As long as each other, at least as many as they are long.
    /// - Returns: Nil if the columns depend on each other, so that there is no single answer.
    static func fit(_ rows: [[Double]], _ values: [Double]) -> [Double]? {
        guard let width = rows.first?.count, width > 0, rows.count >= width else { return nil }
        // Columns of one magnitude, so that squares of lengths and counts of bytes do not lose digits.
        let scales = (0..<width).map { column in rows.map { abs($0[column]) }.max() ?? 0 }
        guard scales.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
        var a = rows.map { row in zip(row, scales).map { $0 / $1 } }
        var b = values
        for column in 0..<width {
            guard reflect(&a, &b, column) else { return nil }
        }
        var solution = Array(repeating: 0.0, count: width)
        for column in (0..<width).reversed() {
            let known = (column + 1..<width).reduce(0.0) { $0 + a[column][$1] * solution[$1] }
            solution[column] = (b[column] - known) / a[column][column]
        }
        return zip(solution, scales).map { $0 / $1 }
    }

    /// Makes one column zero below its diagonal; false if nothing is left of it.
    private static func reflect(_ a: inout [[Double]], _ b: inout [Double], _ column: Int) -> Bool {
        let norm = (column..<a.count).reduce(0.0) { $0 + a[$1][column] * a[$1][column] }.squareRoot()
        guard norm > 1e-9 else { return false }
        var mirror = (column..<a.count).map { a[$0][column] }
        mirror[0] += mirror[0] < 0 ? -norm : norm
        let square = mirror.reduce(0) { $0 + $1 * $1 }
        func image(_ vector: [Double]) -> [Double] {
            let factor = 2 * zip(mirror, vector).reduce(0) { $0 + $1.0 * $1.1 } / square
            return zip(mirror, vector).map { $1 - factor * $0 }
        }
        for other in column..<a[0].count {
            for (offset, value) in image((column..<a.count).map { a[$0][other] }).enumerated() {
                a[column + offset][other] = value
            }
        }
        b.replaceSubrange(column..., with: image(Array(b[column...])))
        return true
    }
}
