import RowSources
import Tables
import Testing

@Suite struct BadInputTests {
    private func expect(_ error: TablesError, _ text: String, types: [String: ColumnType] = [:]) {
        #expect(throws: error) { try table(text, types: types) }
        #expect(throws: error) { try table(text, types: types, piece: 3) }
    }

    @Test func tablesWithoutRows() {
        expect(.source(.empty(file: "a.csv")), "")
        expect(.noRows(file: "a.csv"), "id,x\n")
        expect(.source(.raggedRow(file: "a.csv", line: 3, expected: 2, found: 1)), "id,x\na,1\nb\n")
        #expect(throws: TablesError.source(.cannotRead(source: "no/such.csv", reason: "No such file or directory"))) {
            try Table(reading: "no/such.csv", key: RowKey(columns: ["id"]))
        }
        let file = flightsFolder + "airport.csv.zst"
        #expect(throws: TablesError.source(.compressed(file: file, .tooLarge(limit: 1_000_000)))) {
            try Table(reading: file, key: RowKey(columns: ["flight_id"]), limit: 1_000_000)
        }
    }

    @Test func columnsThatAreNotThere() {
        expect(.missingColumn(file: "a.csv", column: "id", available: ["key", "x"]), "key,x\na,1\n")
        expect(
            .missingColumn(file: "a.csv", column: "hour", available: ["id", "x"]), "id,x\na,1\n",
            types: ["hour": .category])
    }

    @Test func textInANumericColumn() {
        expect(.notANumber(file: "a.csv", at: .line(4), column: "x"), "id,x\na,1\nb,2\nc,NA\n")
        expect(.notANumber(file: "a.csv", at: .line(2), column: "x"), "id,x\na,1.2.3\nb,2\nc,3\n")
        expect(.notANumber(file: "a.csv", at: .line(2), column: "x"), "id,x\na,0x10\nb,2\nc,3\n")
        expect(.notANumber(file: "a.csv", at: .line(2), column: "x"), "id,x\na,1e\nb,2\nc,3\n")
        expect(.notANumber(file: "a.csv", at: .line(2), column: "x"), "id,x\na,-\nb,2\nc,3\n")
        expect(.notANumber(file: "a.csv", at: .line(2), column: "x"), "id,x\na,A\nb,B\n", types: ["x": .number])
    }

    @Test(arguments: ["nan", "NaN", "inf", "-Infinity", "1e999", "+INF"])
    func notFinite(cell: String) {
        expect(.notFinite(file: "a.csv", at: .line(3), column: "x"), "id,x\na,1\nb,\(cell)\n")
    }

    @Test func labels() throws {
        let table = try table("id,y,z,n,t\na,1,1,1,A\nb,0,1,,B\nc,2,1,0,C\n")
        #expect(try table.binaryLabels("y", rows: [1, 0]) == [0, 1])
        #expect(throws: TablesError.notBinary(file: "a.csv", at: .line(4), column: "y")) {
            try table.binaryLabels("y", rows: [0, 1, 2])
        }
        #expect(throws: TablesError.oneClass(file: "a.csv", column: "z")) {
            try table.binaryLabels("z", rows: [0, 1, 2])
        }
        #expect(throws: TablesError.missingLabel(file: "a.csv", at: .line(3), column: "n")) {
            try table.binaryLabels("n", rows: [0, 1, 2])
        }
        #expect(throws: TablesError.notNumeric(file: "a.csv", column: "t")) {
            try table.binaryLabels("t", rows: [0, 1])
        }
        #expect(throws: TablesError.missingColumn(file: "a.csv", column: "q", available: ["id", "y", "z", "n", "t"])) {
            try table.targets("q", rows: [0])
        }
    }

    @Test func labelsOfMinusOneAndOne() throws {
        let table = try table("id,y,z\na,-1,-1\nb,+1,0\nc,1,1\n")
        #expect(try table.binaryLabels("y", rows: [1, 0, 2]) == [1, 0, 1])
        #expect(throws: TablesError.notBinary(file: "a.csv", at: .line(2), column: "z")) {
            try table.binaryLabels("z", rows: [0, 1, 2])
        }
        #expect(throws: TablesError.oneClass(file: "a.csv", column: "y")) { try table.binaryLabels("y", rows: [0]) }
    }

    @Test func messagesNameFileLineAndField() {
        #expect(
            TablesError.notANumber(file: "w.csv", at: .line(7), column: "temp").description
                == "w.csv, line 7, column 'temp': text where a number is expected; correct the cell, leave it empty if "
                + "the value is missing, or declare the column a category")
    }
}
