import Arithmetic
import Testing

@Suite struct MatrixTests {
    @Test func rowsColumnsAndTransposition() {
        var matrix = Matrix(rows: 2, columns: 3, elements: [1, 2, 3, 4, 5, 6])
        #expect(matrix[1, 0] == 4)
        matrix[1, 0] += 10
        #expect(Array(matrix.row(1)) == [14, 5, 6])
        #expect(matrix.transposed() == Matrix(rows: 3, columns: 2, elements: [1, 14, 2, 5, 3, 6]))
        #expect(matrix.transposed().transposed() == matrix)
        #expect(matrix.map { $0 * 2 }.elements == [2, 4, 6, 28, 10, 12])
        #expect(Matrix(rows: 0, columns: 3, repeating: 0).transposed() == Matrix(rows: 3, columns: 0, elements: []))
    }

    @Test func wrongIndicesTrap() async {
        await #expect(processExitsWith: .failure) { _ = Matrix(rows: 2, columns: 3, repeating: 0)[0, 3] }
        await #expect(processExitsWith: .failure) { _ = Matrix(rows: 2, columns: 3, repeating: 0)[2, 0] }
        await #expect(processExitsWith: .failure) { _ = Matrix(rows: 2, columns: 3, elements: [1]) }
    }
}
