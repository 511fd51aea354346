import COpenBLAS

/// `output = op(left) op(right)` through OpenBLAS, on the calling thread; `op` transposes where asked to.
///
/// Sizes are those of the operands in memory, row-major; output must not overlap them.
func multiply(
    _ left: Floats, rows leftRows: Int, columns leftColumns: Int, transposed leftTransposed: Bool,
    by right: Floats, rows rightRows: Int, columns rightColumns: Int, transposed rightTransposed: Bool,
    into output: MutableFloats
) {
    _ = OpenBLAS.singleThreaded
    let (rows, inner) = leftTransposed ? (leftColumns, leftRows) : (leftRows, leftColumns)
    let columns = rightTransposed ? rightRows : rightColumns
    // OpenBLAS writes every element (beta is 0); Int32 traps on sizes it cannot take.
    cblas_sgemm(
        CblasRowMajor, leftTransposed ? CblasTrans : CblasNoTrans, rightTransposed ? CblasTrans : CblasNoTrans,
        Int32(rows), Int32(columns), Int32(inner), 1, left.baseAddress, Int32(leftColumns),
        right.baseAddress, Int32(rightColumns), 0, output.baseAddress, Int32(columns))
}
