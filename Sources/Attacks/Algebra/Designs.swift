package import Arithmetic

// Columns as regressions need them.
extension Matrix<Double> {
    /// One column, as a matrix.
    package func column(_ column: Int) -> Self { selecting(columns: [column]) }

    /// These columns, in this order.
    package func selecting(columns chosen: [Int]) -> Self {
        var elements: [Double] = []
        elements.reserveCapacity(rows * chosen.count)
        for row in 0..<rows {
            let values = self.row(row)
            for column in chosen { elements.append(values[values.startIndex + column]) }
        }
        return Matrix(rows: rows, columns: chosen.count, elements: elements)
    }

    /// Each column less its mean, over its standard deviation; constant columns become 0.
    package func standardized() -> Self {
        let centered = subtracting(columnMeans)
        let scales = centered.columnSumsOfSquares.map { sum -> Double in
            let deviation = (sum / Double(max(1, rows))).squareRoot()
            return deviation > 0 && deviation.isFinite ? 1 / deviation : 0
        }
        var elements = centered.elements
        for place in elements.indices { elements[place] *= scales[place % columns] }
        return Matrix(rows: rows, columns: columns, elements: elements)
    }

    var columnMeans: [Double] {
        var sums = [Double](repeating: 0, count: columns)
        for row in 0..<rows { for (column, value) in self.row(row).enumerated() { sums[column] += value } }
        return sums.map { $0 / Double(Swift.max(1, rows)) }
    }

    var columnSumsOfSquares: [Double] {
        var sums = [Double](repeating: 0, count: columns)
        for row in 0..<rows { for (column, value) in self.row(row).enumerated() { sums[column] += value * value } }
        return sums
    }

    /// Each row less the same one.
    func subtracting(_ row: [Double]) -> Self {
        precondition(row.count == columns, "a number for each column")
        var elements = self.elements
        for place in elements.indices { elements[place] -= row[place % columns] }
        return Matrix(rows: rows, columns: columns, elements: elements)
    }
}

// Products in loops over unchecked memory, for designs of some ten thousand rows.
extension Matrix<Double> {
    /// `self * right`.
    package func product(_ right: Self) -> Self {
        precondition(columns == right.rows, "columns of the left factor are rows of the right one")
        let (inner, width) = (columns, right.columns)
        var result = [Double](repeating: 0, count: rows * width)
        elements.withUnsafeBufferPointer { left in
            right.elements.withUnsafeBufferPointer { right in
                result.withUnsafeMutableBufferPointer { result in
                    for row in 0..<rows {
                        for place in 0..<inner {
                            let factor = left[row * inner + place]
                            if factor == 0 { continue }
                            for column in 0..<width {
                                result[row * width + column] += factor * right[place * width + column]
                            }
                        }
                    }
                }
            }
        }
        return Matrix(rows: rows, columns: width, elements: result)
    }

    /// `self^T * right`.
    package func transposedProduct(_ right: Self) -> Self {
        precondition(rows == right.rows, "equally many rows")
        let (width, other) = (columns, right.columns)
        var result = [Double](repeating: 0, count: width * other)
        elements.withUnsafeBufferPointer { left in
            right.elements.withUnsafeBufferPointer { right in
                result.withUnsafeMutableBufferPointer { result in
                    for row in 0..<rows {
                        for place in 0..<width {
                            let factor = left[row * width + place]
                            if factor == 0 { continue }
                            for column in 0..<other {
                                result[place * other + column] += factor * right[row * other + column]
                            }
                        }
                    }
                }
            }
        }
        return Matrix(rows: width, columns: other, elements: result)
    }

    /// `self^T * self`, row by row; above the diagonal zeros.
    var gram: [Double] { gram(weights: nil) }

    /// `self^T diag(weights) self`, row by row; above the diagonal zeros.
    func gram(weights: [Double]?) -> [Double] {
        let width = columns
        var result = [Double](repeating: 0, count: width * width)
        elements.withUnsafeBufferPointer { values in
            result.withUnsafeMutableBufferPointer { result in
                for row in 0..<rows {
                    let weight = weights?[row] ?? 1
                    for place in 0..<width {
                        let factor = weight * values[row * width + place]
                        if factor == 0 { continue }
                        for column in 0...place {
                            result[place * width + column] += factor * values[row * width + column]
                        }
                    }
                }
            }
        }
        return result
    }
}
