import Arithmetic
import Testing

@Suite struct SparseMatrixTests {
    /// For comparison.
    private func rows(_ matrix: SparseMatrix<Int>) -> [[[Int]]] {
        (0..<matrix.rows).map { matrix.row($0).map { [$0.column, $0.value] } }
    }

    @Test func storesWhatIsGiven() {
        let matrix = SparseMatrix(columns: 4, rows: [[.init(0, 5), .init(3, 7)], [], [.init(1, 0)]])
        #expect(matrix.rows == 3 && matrix.columns == 4 && matrix.storedCount == 3)
        #expect(rows(matrix) == [[[0, 5], [3, 7]], [], [[1, 0]]])
        let empty = SparseMatrix<Int>(columns: 0, rows: [])
        #expect(empty.rows == 0 && empty.columns == 0 && empty.storedCount == 0)
    }

    @Test func denseOnesLoseTheirZeros() {
        let dense = Matrix(rows: 3, columns: 3, elements: [0, 2, 0, 0, 0, 0, 4, 0, -5])
        let sparse = SparseMatrix(dense)
        #expect(sparse.storedCount == 3)
        #expect(rows(sparse) == [[[1, 2]], [], [[0, 4], [2, -5]]])
    }

    @Test func transpositionTurnsRowsIntoColumns() {
        let dense = Matrix(rows: 2, columns: 5, elements: [1, 0, 0, 2, 3, 0, 0, 4, 5, 0])
        let transposed = SparseMatrix(dense).transposed()
        #expect(transposed.rows == 5 && transposed.columns == 2)
        #expect(rows(transposed) == rows(SparseMatrix(dense.transposed())))
        #expect(rows(transposed.transposed()) == rows(SparseMatrix(dense)))
    }

    @Test func transformationKeepsPlaces() {
        let matrix = SparseMatrix(columns: 4, rows: [[.init(0, 5), .init(3, 7)], [], [.init(1, 0)]]).map { $0 - 7 }
        #expect(matrix.columns == 4 && rows(matrix) == [[[0, -2], [3, 0]], [], [[1, -7]]])
    }

    @Test func wrongIndicesTrap() async {
        await #expect(processExitsWith: .failure) { _ = SparseMatrix(columns: 2, rows: [[.init(2, 1)]]) }
        await #expect(processExitsWith: .failure) { _ = SparseMatrix(columns: 2, rows: [[.init(-1, 1)]]) }
        await #expect(processExitsWith: .failure) { _ = SparseMatrix(columns: 2, rows: [[.init(1, 1), .init(1, 2)]]) }
        await #expect(processExitsWith: .failure) { _ = SparseMatrix(columns: 2, rows: [[.init(1, 1), .init(0, 2)]]) }
        await #expect(processExitsWith: .failure) { _ = SparseMatrix(columns: 2, rows: [[.init(0, 1)]]).row(1) }
    }
}
