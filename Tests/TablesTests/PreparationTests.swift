import Arithmetic
import Tables
import Testing

@Suite struct PreparationTests {
    private let text = """
        id,x,color,same,hour,gap,only
        a,1,red,5,7,,A
        b,2,blue,5,8,3,A
        c,3,red,5,7,,A
        d,4,,5,9,5,A
        e,1000,green,6,10,4,B
        f,,blue,5,8,,

        """

    @Test func numbersAreStandardisedAndTextsOneHot() throws {
        let table = try table(text, types: ["hour": .category])
        let preparation = try Preparation(
            fitting: table, columns: ["x", "color", "same", "hour", "gap", "only"], rows: [0, 1, 2, 3])
        #expect(preparation.dropped == ["same", "only"])
        #expect(
            preparation.columnNames == ["x", "color=blue", "color=red", "hour=7", "hour=8", "hour=9", "gap"])
        #expect(preparation.rawColumnCount == 4)
        #expect(preparation.types == ["x": .number, "color": .category, "hour": .category, "gap": .number])

        let trained = try preparation.prepare(table, rows: [0, 1, 2, 3])
        let step = 1 / (1.25).squareRoot()
        #expect(
            trained.dense(rows: [0, 1, 2, 3]).elements == [
                -1.5 * step, 0, 1, 1, 0, 0, 0,
                -0.5 * step, 1, 0, 0, 1, 0, -1,
                0.5 * step, 0, 1, 1, 0, 0, 0,
                1.5 * step, 0, 0, 0, 0, 1, 1,
            ])

        // Unknown categories and missing values are zero, and what lies far out is clipped.
        let others = try preparation.prepare(table, rows: [5, 4])
        #expect(
            others.dense(rows: [1, 0]).elements == [
                Preparation.bound, 0, 0, 0, 0, 0, 0,
                0, 1, 0, 0, 1, 0, 0,
            ])
    }

    @Test func boundIsTheLargestFeatureAtTwentyFractionBits() {
        #expect((Preparation.bound * 0x1p20).rounded(.toNearestOrEven) == 0x1p23 - 1)
    }

    @Test func sparseAndDenseViewsAgree() throws {
        let table = try table(text)
        let matrix = try Preparation(fitting: table, columns: ["x", "color"], rows: Array(0..<6))
            .prepare(table, rows: Array(0..<6))
        let dense = matrix.dense(rows: Array(0..<6))
        var rebuilt = Matrix(rows: 6, columns: matrix.columns, repeating: 0.0)
        for row in 0..<6 {
            for (column, value) in matrix.nonzeros(inRow: row) { rebuilt[row, column] = value }
        }
        #expect(rebuilt == dense)
        #expect(matrix.nonzeroCount == dense.elements.count { $0 != 0 })
    }

    @Test func extremeNumbersStayFinite() throws {
        let table = try table("id,big,tiny,equal\na,1e308,0,0.1\nb,-1e308,5e-324,0.1\nc,1.7e308,0,0.1\n")
        let preparation = try Preparation(fitting: table, columns: ["big", "tiny", "equal"], rows: [0, 1, 2])
        #expect(preparation.dropped == ["tiny", "equal"])
        let values = try preparation.prepare(table, rows: [0, 1, 2]).dense(rows: [0, 1, 2]).elements
        #expect(values.allSatisfy { abs($0) < 2 })
        #expect(abs(values.reduce(0, +)) < 1e-12)
    }

    @Test func refusesWhatItCannotUse() throws {
        let table = try table(text)
        #expect(throws: TablesError.nothingToLearnFrom(file: "a.csv")) {
            try Preparation(fitting: table, columns: ["same"], rows: [0, 1])
        }
        #expect(throws: TablesError.self) { try Preparation(fitting: table, columns: ["none"], rows: [0, 1]) }
        let preparation = try Preparation(fitting: table, columns: ["hour"], rows: [0, 1, 2])
        let other = try TablesTests.table(text, types: ["hour": .category])
        #expect(throws: TablesError.typeChanged(file: "a.csv", column: "hour", expected: .number)) {
            try preparation.prepare(other, rows: [0])
        }
        let many = try self.many(texts: 1025)
        #expect(throws: TablesError.tooManyCategories(file: "a.csv", column: "t", count: 1025, limit: 1024)) {
            try Preparation(fitting: many, columns: ["t"], rows: Array(0..<1025))
        }
        #expect(try Preparation(fitting: many, columns: ["t"], rows: Array(0..<1024)).columnNames.count == 1024)
    }

    private func many(texts count: Int) throws -> Table {
        try table("id,t\n" + (0..<count).map { "\($0),t\($0)\n" }.joined())
    }
}

@Suite struct RankTests {
    private func prepared(_ columns: [[Double]]) throws -> PreparedMatrix {
        let names = columns.indices.map { "c\($0)" }
        var text = "id," + names.joined(separator: ",") + "\n"
        for row in columns[0].indices { text += "\(row)," + columns.map { "\($0[row])" }.joined(separator: ",") + "\n" }
        let table = try table(text)
        let rows = Array(columns[0].indices)
        return try Preparation(fitting: table, columns: names, rows: rows).prepare(table, rows: rows)
    }

    private func noise(_ count: Int) -> [Double] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }
    }

    @Test func dependentColumnsDoNotCount() throws {
        let a = noise(200)
        let b = noise(200)
        let c = noise(200)
        #expect(try prepared([a, b, c]).rank() == 3)
        #expect(try prepared([a, b, zip(a, b).map { 3 * $0 - $1 }]).rank() == 2)
        #expect(try prepared([a, a.map { -2 * $0 + 7 }, b]).rank() == 2)
        // Almost dependent: seen as such, unless a finer tolerance asks.
        let near = zip(a, c).map { $0 + 1e-5 * $1 }
        #expect(try prepared([a, b, near]).rank(tolerance: 1e-4) == 2)
        #expect(try prepared([a, b, near]).rank(tolerance: 1e-6) == 3)
    }

    @Test func rankIsNeverAboveTheNumberOfRows() throws {
        #expect(try prepared([[1, 2, 4], [3, 1, 2], [1, 0, 5], [9, 2, 2]]).rank() <= 3)
    }

    @Test func oneHotColumnsOfTwoFieldsShareOneDependency() throws {
        let rows = (0..<60).map { "\($0),r\($0 % 3),s\($0 % 4)\n" }
        let table = try table("id,r,s\n" + rows.joined())
        let all = Array(0..<60)
        let matrix = try Preparation(fitting: table, columns: ["r", "s"], rows: all).prepare(table, rows: all)
        #expect(matrix.columns == 7)
        #expect(matrix.rank() == 6)
    }
}
