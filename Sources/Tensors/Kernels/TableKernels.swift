/// `output[i] = table[indices[i]]`, whole rows. Traps on an index that is no row.
func gatherRows(_ table: Floats, _ indices: Indices, columns: Int, into output: MutableFloats) {
    let rows = table.count / columns
    for (place, index) in indices.enumerated() {
        precondition(index >= 0 && Int(index) < rows, "an index is a row of the table")
        _ = row(output, place, columns).update(fromContentsOf: row(table, Int(index), columns))
    }
}

/// Zeros, then `output[indices[i]] += input[i]` for one i after another. Traps on an index that is no row.
func scatterRows(_ input: Floats, _ indices: Indices, columns: Int, into output: MutableFloats) {
    output.update(repeating: 0)
    let rows = output.count / columns
    for (place, index) in indices.enumerated() {
        precondition(index >= 0 && Int(index) < rows, "an index is a row of the table")
        add(row(input, place, columns), times: 1, to: row(output, Int(index), columns))
    }
}

/// `output += factor input`.
@inline(__always)
func add(_ input: Floats, times factor: Float, to output: MutableFloats) {
    for index in 0..<output.count { output[index] += factor * input[index] }
}

/// Copies `width` columns of each row, from column `from` of rows of `inputColumns` to column `to` of rows of
/// `outputColumns`.
func copyColumns(
    _ input: Floats, _ from: Int, of inputColumns: Int, into output: MutableFloats, _ to: Int, of outputColumns: Int,
    width: Int
) {
    let rows = output.count / outputColumns
    precondition(input.count == rows * inputColumns, "a kernel's buffers have equally many rows")
    for index in 0..<rows {
        let (source, target) = (index * inputColumns + from, index * outputColumns + to)
        for column in 0..<width { output[target + column] = input[source + column] }
    }
}

/// The lower triangle of each sample's `X Xᵀ` without its diagonal, row by row; X is fields x dimension.
func pairwiseDots(_ input: Floats, fields: Int, dimension: Int, into output: MutableFloats) {
    var place = 0
    for start in stride(from: 0, to: input.count / dimension, by: fields) {
        for left in 1..<fields {
            let x = row(input, start + left, dimension)
            for right in 0..<left {
                output[place] = dot(x, row(input, start + right, dimension))
                place += 1
            }
        }
    }
}

/// `output[i] = Σ g[i, j] x[j]` over the other fields j of the sample.
func pairwiseDotsGradient(
    _ gradient: Floats, _ input: Floats, fields: Int, dimension: Int, into output: MutableFloats
) {
    output.update(repeating: 0)
    var place = 0
    for start in stride(from: 0, to: input.count / dimension, by: fields) {
        for left in 1..<fields {
            let (x, target) = (row(input, start + left, dimension), row(output, start + left, dimension))
            for right in 0..<left {
                add(row(input, start + right, dimension), times: gradient[place], to: target)
                add(x, times: gradient[place], to: row(output, start + right, dimension))
                place += 1
            }
        }
    }
}
