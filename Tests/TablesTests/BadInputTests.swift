import Compression
import Tables
import Testing

@Suite struct BadInputTests {
    private func expect(_ error: TablesError, _ text: String, types: [String: ColumnType] = [:]) {
        #expect(throws: error) { try table(text, types: types) }
        #expect(throws: error) { try table(text, types: types, piece: 3) }
    }

    @Test func filesWithoutContent() {
        expect(.empty(file: "a.csv"), "")
        expect(.empty(file: "a.csv"), "\n\r\n")
        expect(.noRows(file: "a.csv"), "id,x\n")
        #expect(throws: TablesError.cannotRead(file: "no/such.csv", reason: "No such file or directory")) {
            try Table(reading: "no/such.csv", key: RowKey(columns: ["id"]))
        }
        #expect(throws: TablesError.cannotRead(file: "/", reason: "Is a directory")) {
            try Table(reading: "/", key: RowKey(columns: ["id"]))
        }
    }

    @Test func aCompressedFileThatExpandsTooFar() {
        let file = flightsFolder + "airport.csv.zst"
        #expect(throws: TablesError.compressed(file: file, .tooLarge(limit: 1_000_000))) {
            try Table(reading: file, key: RowKey(columns: ["flight_id"]), limit: 1_000_000)
        }
    }

    @Test func headers() {
        expect(.duplicateColumn(file: "a.csv", column: "x"), "id,x,x\na,1,2\n")
        expect(.unnamedColumn(file: "a.csv", field: 2), "id,,x\na,1,2\n")
        expect(.missingColumn(file: "a.csv", column: "id", available: ["key", "x"]), "key,x\na,1\n")
        expect(
            .missingColumn(file: "a.csv", column: "hour", available: ["id", "x"]), "id,x\na,1\n",
            types: ["hour": .category])
    }

    @Test func rowsAndQuotes() {
        expect(.raggedRow(file: "a.csv", line: 3, expected: 2, found: 1), "id,x\na,1\nb\n")
        expect(.raggedRow(file: "a.csv", line: 5, expected: 2, found: 3), "id,x\n\"a\n\n\",1\nb,1,2\n")
        expect(.unterminatedQuote(file: "a.csv", line: 3, field: 2), "id,x\na,1\nb,\"2\nc,3\n")
        expect(.strayQuote(file: "a.csv", line: 2, field: 1), "id,x\na\"b,1\n")
        expect(.strayQuote(file: "a.csv", line: 2, field: 2), "id,x\na,\"1\"2\n")
        expect(.strayQuote(file: "a.csv", line: 2, field: 2), "id,x\na,\"1\"\r2\n")
        let long = "id,x\na,\"" + String(repeating: "1\n", count: 1 << 20)
        #expect(throws: TablesError.recordTooLong(file: "a.csv", line: 2, limit: 1 << 20)) {
            try table(long, piece: 1 << 18)
        }
    }

    @Test func notUTF8() {
        #expect(throws: TablesError.notUTF8(file: "a.csv", line: 3, field: 2)) {
            try table(bytes: Array("id,x\na,ü\nb,".utf8) + [0xFC, 0x0A])
        }
    }

    @Test func textInANumericColumn() {
        expect(.notANumber(file: "a.csv", line: 4, column: "x"), "id,x\na,1\nb,2\nc,NA\n")
        expect(.notANumber(file: "a.csv", line: 2, column: "x"), "id,x\na,1.2.3\nb,2\nc,3\n")
        expect(.notANumber(file: "a.csv", line: 2, column: "x"), "id,x\na,0x10\nb,2\nc,3\n")
        expect(.notANumber(file: "a.csv", line: 2, column: "x"), "id,x\na,1e\nb,2\nc,3\n")
        expect(.notANumber(file: "a.csv", line: 2, column: "x"), "id,x\na,-\nb,2\nc,3\n")
        expect(.notANumber(file: "a.csv", line: 2, column: "x"), "id,x\na,A\nb,B\n", types: ["x": .number])
    }

    @Test(arguments: ["nan", "NaN", "inf", "-Infinity", "1e999", "+INF"])
    func notFinite(cell: String) {
        expect(.notFinite(file: "a.csv", line: 3, column: "x"), "id,x\na,1\nb,\(cell)\n")
    }

    @Test func labels() throws {
        let table = try table("id,y,z,n,t\na,1,1,1,A\nb,0,1,,B\nc,2,1,0,C\n")
        #expect(try table.binaryLabels("y", rows: [1, 0]) == [0, 1])
        #expect(throws: TablesError.notBinary(file: "a.csv", line: 4, column: "y")) {
            try table.binaryLabels("y", rows: [0, 1, 2])
        }
        #expect(throws: TablesError.oneClass(file: "a.csv", column: "z")) {
            try table.binaryLabels("z", rows: [0, 1, 2])
        }
        #expect(throws: TablesError.missingLabel(file: "a.csv", line: 3, column: "n")) {
            try table.binaryLabels("n", rows: [0, 1, 2])
        }
        #expect(throws: TablesError.notNumeric(file: "a.csv", column: "t")) {
            try table.binaryLabels("t", rows: [0, 1])
        }
        #expect(throws: TablesError.missingColumn(file: "a.csv", column: "q", available: ["id", "y", "z", "n", "t"])) {
            try table.targets("q", rows: [0])
        }
    }

    @Test func messagesNameFileLineAndField() {
        #expect(
            TablesError.notANumber(file: "w.csv", line: 7, column: "temp").description
                == "w.csv, line 7, column 'temp': text where a number is expected; correct the cell, leave it empty if "
                + "the value is missing, or declare the column a category")
    }
}
