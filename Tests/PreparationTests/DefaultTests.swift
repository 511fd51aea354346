import Arithmetic
import Preparation
import Tables
import Testing

/// What is done where a job says nothing.
@Suite struct DefaultTests {
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
            try trained.dense(rows: [0, 1, 2, 3]).elements == [
                -1.5 * step, 0, 1, 1, 0, 0, 0,
                -0.5 * step, 1, 0, 0, 1, 0, -1,
                0.5 * step, 0, 1, 1, 0, 0, 0,
                1.5 * step, 0, 0, 0, 0, 1, 1,
            ])

        // Unknown categories and missing values are zero, and what lies far out is clipped.
        let others = try preparation.prepare(table, rows: [5, 4])
        #expect(
            try others.dense(rows: [1, 0]).elements == [
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
        let dense = try matrix.dense(rows: Array(0..<6))
        var rebuilt = Matrix(rows: 6, columns: matrix.columns, repeating: 0.0)
        for row in 0..<6 {
            for (column, value) in try matrix.nonzeros(inRow: row) { rebuilt[row, column] = value }
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
        let other = try PreparationTests.table(text, types: ["hour": .category])
        #expect(throws: TablesError.typeChanged(file: "a.csv", column: "hour", expected: .number)) {
            try preparation.prepare(other, rows: [0])
        }
        let many = try self.many(texts: 1025)
        #expect(throws: TablesError.tooManyCategories(file: "a.csv", column: "t", count: 1025, limit: 1024)) {
            try Preparation(fitting: many, columns: ["t"], rows: Array(0..<1025))
        }
        #expect(try Preparation(fitting: many, columns: ["t"], rows: Array(0..<1024)).columnNames.count == 1024)
    }

    /// Sparse data stays sparse: zeros and ones are not centred, unless there are gaps between them.
    @Test func zerosAndOnesStayAsTheyAre() throws {
        let table = try table("id,flag,gap,all,later\na,0,0,1,0\nb,1,,1,1\nc,0,1,1,0\nd,1,0,0,7.5\n")
        let preparation = try Preparation(
            fitting: table, columns: ["flag", "gap", "all", "later"], rows: [0, 1, 2])
        #expect(preparation.dropped == ["all"])
        #expect(preparation.steps.first == .flag(column: "flag") && preparation.steps.last == .flag(column: "later"))
        let matrix = try preparation.prepare(table, rows: [0, 1, 2, 3])
        #expect(try matrix.dense(rows: [0, 1, 2, 3]).elements == [0, -1, 0, 1, 0, 1, 0, 1, 0, 1, -1, 7.5])
        #expect(try matrix.sparse(rows: [1, 0]).row(0).map(\.value) == [1, 1])
        #expect(try matrix.sparse(rows: [1, 0]).row(1).map(\.column) == [1])
    }

    @Test func embeddedFieldsLookUpRowsOfOneTable() throws {
        let texts = ["x,u", "y,u", "x,v", "x,", "y,v", "x,u", "y,u", "x,v", "y,w", "x,u", "y,v", "z,v"]
        let table = try table("id,n,s,t\n" + texts.enumerated().map { "\($0),\($0),\($1)\n" }.joined())
        let training = Array(0..<11)
        func fit(_ columns: [String], _ categories: Preparation.Categories) throws -> Preparation {
            try Preparation(fitting: table, columns: columns, rows: training, categories: categories)
        }
        let preparation = try fit(["s", "n", "t"], .embedded)
        #expect(preparation.columnNames == ["n"] && preparation.rawColumnCount == 3)
        // 'v' stands in four training rows: too few for a row of its own, as are the missing one and 'w'.
        #expect(preparation.fields.map(\.categories) == [["x", "y"], ["u"]])
        #expect(preparation.tableRows == 5)
        let lookups = try preparation.lookups(table, rows: [0, 1, 2, 3, 11])
        #expect(lookups.tableRows == 5 && lookups.fields == 2 && lookups.rows == 5)
        #expect(try lookups.matrix(rows: [4, 0, 1, 2, 3]).elements == [0, 3, 1, 4, 2, 4, 1, 3, 1, 3])

        let both = try fit(["s", "t"], .both)
        #expect(both.columnNames == ["s=x", "s=y", "t=u", "t=v", "t=w"] && both.fields == preparation.fields)
        #expect(both.types == ["s": .category, "t": .category])

        let only = try fit(["t"], .embedded)
        #expect(only.steps == [.ones])
        #expect(try only.prepare(table, rows: [0, 3]).dense(rows: [0, 1]).elements == [1, 1])
        #expect(throws: TablesError.typeChanged(file: "a.csv", column: "t", expected: .category)) {
            try fit(["t"], .embedded).lookups(PreparationTests.table("id,t,n\na,1,2\n"), rows: [0])
        }
    }

    @Test func fieldsOfManyTextsAreEmbeddedOnly() throws {
        let table = try many(texts: 1100)
        let all = Array(0..<1100)
        let both = try Preparation(fitting: table, columns: ["t"], rows: all, categories: .both)
        #expect(both.steps == [.ones] && both.fields.count == 1)
    }

    private func many(texts count: Int) throws -> Table {
        try table("id,t\n" + (0..<count).map { "\($0),t\($0)\n" }.joined())
    }
}
