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

    /// Sparse data stays sparse: zeros and ones are not centred, unless there are gaps between them.
    @Test func zerosAndOnesStayAsTheyAre() throws {
        let table = try table("id,flag,gap,all,later\na,0,0,1,0\nb,1,,1,1\nc,0,1,1,0\nd,1,0,0,7.5\n")
        let preparation = try Preparation(
            fitting: table, columns: ["flag", "gap", "all", "later"], rows: [0, 1, 2])
        #expect(preparation.dropped == ["all"])
        #expect(preparation.steps.first == .flag(column: "flag") && preparation.steps.last == .flag(column: "later"))
        let matrix = try preparation.prepare(table, rows: [0, 1, 2, 3])
        #expect(matrix.dense(rows: [0, 1, 2, 3]).elements == [0, -1, 0, 1, 0, 1, 0, 1, 0, 1, -1, 7.5])
        #expect(matrix.sparse(rows: [1, 0]).row(0).map(\.value) == [1, 1])
        #expect(matrix.sparse(rows: [1, 0]).row(1).map(\.column) == [1])
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
        #expect(lookups.matrix(rows: [4, 0, 1, 2, 3]).elements == [0, 3, 1, 4, 2, 4, 1, 3, 1, 3])

        let both = try fit(["s", "t"], .both)
        #expect(both.columnNames == ["s=x", "s=y", "t=u", "t=v", "t=w"] && both.fields == preparation.fields)
        #expect(both.types == ["s": .category, "t": .category])

        let only = try fit(["t"], .embedded)
        #expect(only.steps == [.ones])
        #expect(try only.prepare(table, rows: [0, 3]).dense(rows: [0, 1]).elements == [1, 1])
        #expect(throws: TablesError.typeChanged(file: "a.csv", column: "t", expected: .category)) {
            try fit(["t"], .embedded).lookups(TablesTests.table("id,t,n\na,1,2\n"), rows: [0])
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
        #expect((0...7).map { matrix.rank(limit: $0) } == [0, 1, 2, 3, 4, 5, 6, 6])
    }
}

@Suite struct LabelTests {
    private let text = "id,number,text\na,2,no\nb,10,yes\nc,,\nd,-1,no\n"

    @Test func classesAreCountedInTheirOrder() throws {
        let table = try table(text)
        #expect(try table.classes("number") == ["-1", "2", "10"] && table.classes("text") == ["no", "yes"])
        #expect(try table.classLabels("number", classes: ["-1", "2", "10"], rows: [0, 3, 1]) == [1, 0, 2])
        #expect(try table.classLabels("text", classes: ["no", "yes"], rows: [1, 0]) == [1, 0])
        #expect(throws: TablesError.missingLabel(file: "a.csv", line: 4, column: "text")) {
            try table.classLabels("text", classes: ["no", "yes"], rows: [2])
        }
        #expect(throws: TablesError.unknownClass(file: "a.csv", line: 3, column: "text")) {
            try table.classLabels("text", classes: ["no"], rows: [0, 1])
        }
    }

    @Test func countsAreNotNegative() throws {
        let table = try table(text)
        #expect(try table.counts("number", rows: [1, 0]) == [10, 2])
        #expect(throws: TablesError.negativeCount(file: "a.csv", line: 5, column: "number")) {
            try table.counts("number", rows: [0, 3])
        }
    }
}
