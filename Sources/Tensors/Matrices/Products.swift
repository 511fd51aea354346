public import Arithmetic
import COpenBLAS

/// Products of dense matrices of doubles, through OpenBLAS on the calling thread.
///
/// The order of a sum depends on the machine's instruction set: results are the same in every run on one kind of
/// machine and differ in the last bits between two. Nothing that parties must agree on is computed here.
extension Matrix<Double> {
    /// `self right`.
    public func multiplied(by right: Matrix) -> Matrix {
        precondition(columns == right.rows, "the inner dimensions of a product must be equal")
        return Self.product(self, CblasNoTrans, right, CblasNoTrans, rows: rows, inner: columns, columns: right.columns)
    }

    /// `selfᵀ right`: what a gradient of weights is.
    public func transposedMultiplied(by right: Matrix) -> Matrix {
        precondition(rows == right.rows, "the inner dimensions of a product must be equal")
        return Self.product(self, CblasTrans, right, CblasNoTrans, rows: columns, inner: rows, columns: right.columns)
    }

    /// `self rightᵀ`: what a gradient of inputs is.
    public func multipliedByTransposed(_ right: Matrix) -> Matrix {
        precondition(columns == right.columns, "the inner dimensions of a product must be equal")
        return Self.product(self, CblasNoTrans, right, CblasTrans, rows: rows, inner: columns, columns: right.rows)
    }

    private static func product(
        _ left: Matrix, _ leftOrder: CBLAS_TRANSPOSE, _ right: Matrix, _ rightOrder: CBLAS_TRANSPOSE,
        rows: Int, inner: Int, columns: Int
    ) -> Matrix {
        guard rows > 0 && inner > 0 && columns > 0 else { return Matrix(rows: rows, columns: columns, repeating: 0) }
        _ = OpenBLAS.singleThreaded
        // OpenBLAS writes every element of the array's own memory (beta is 0); Int32 traps on sizes it cannot take.
        let elements = [Double](unsafeUninitializedCapacity: rows * columns) { buffer, count in
            cblas_dgemm(
                CblasRowMajor, leftOrder, rightOrder, Int32(rows), Int32(columns), Int32(inner),
                1, left.elements, Int32(left.columns), right.elements, Int32(right.columns),
                0, buffer.baseAddress, Int32(columns))
            count = rows * columns
        }
        return Matrix(rows: rows, columns: columns, elements: elements)
    }
}
