import COpenBLAS

/// A matrix in row-major memory: its first element, the elements from one row to the next, and whether it is read
/// transposed.
struct Matrix {
    let elements: InputSlice
    let stride: Int
    var isTransposed = false
}

/// Threads belong to the caller: OpenBLAS works on the calling thread alone.
private let singleThreaded: Void = openblas_set_num_threads(1)

/// `output = left right`, or `output += left right`, of `rows` x `columns` with `inner` terms each.
func multiply(
    _ left: Matrix, _ right: Matrix, rows: Int, columns: Int, inner: Int, into output: OutputSlice, stride: Int,
    adding: Bool = false
) {
    _ = singleThreaded
    // Int32 traps on sizes that OpenBLAS cannot take.
    cblas_sgemm(
        CblasRowMajor, left.isTransposed ? CblasTrans : CblasNoTrans, right.isTransposed ? CblasTrans : CblasNoTrans,
        Int32(rows), Int32(columns), Int32(inner), 1, left.elements, Int32(left.stride), right.elements,
        Int32(right.stride), adding ? 1 : 0, output, Int32(stride))
}

/// A dense product of row-major matrices by OpenBLAS on one thread, what attention and ``Linear`` are measured against.
///
/// - Parameters:
///   - left: `rows` x `inner`.
///   - right: `inner` x `columns`.
///   - output: `rows` x `columns`, overwritten.
public func matrixProduct(
    _ left: InputSlice, _ right: InputSlice, rows: Int, inner: Int, columns: Int, into output: OutputSlice
) {
    multiply(
        Matrix(elements: left, stride: inner), Matrix(elements: right, stride: columns), rows: rows, columns: columns,
        inner: inner, into: output, stride: columns)
}
