import RowSources
import Testing

@Suite struct CSVTests {
    @Test(arguments: [1, 2, 3, 7, 1000]) func quotesLineEndsAndByteOrderMark(piece: Int) throws {
        let text =
            "\u{FEFF}id,\"na\"\"me\", x \r\n1,\"a,b\",1\n\n\"2\",\"line\nbreak\",\r\n3,\"say \"\"hi\"\"\",-2.5\r\n4,,4e-1"
        // The byte-order mark must lie in one block, as it does in every block of a file.
        let source = try csv(text, piece: max(piece, 3))
        #expect(source.columns == ["id", "na\"me", "x"])
        #expect(
            try rows(source) == [
                ["1", "a,b", "1"], ["2", "line\nbreak", ""], ["3", "say \"hi\"", "-2.5"], ["4", "", "4e-1"],
            ])
    }

    @Test func placesAreLines() throws {
        var source = try csv("id,x\n\n\"a\n\n\",1\r\nb,2\n")
        var row = Row()
        var numbers: [Int] = []
        while try source.next(&row) { numbers.append(row.number) }
        #expect(numbers == [3, 6] && source.unit == .line)
    }

    @Test(arguments: [1, 1000]) func withoutAHeader(piece: Int) throws {
        let numbered = try csv("a,1\nb,2\n", CSVFormat(names: .numbered), piece: piece)
        #expect(numbered.columns == ["c1", "c2"])
        #expect(try rows(numbered) == [["a", "1"], ["b", "2"]])
        let named = try csv("\u{FEFF}a,1\nb,2", CSVFormat(names: .given(["id", "x"])), piece: max(piece, 3))
        #expect(named.columns == ["id", "x"])
        #expect(try rows(named) == [["a", "1"], ["b", "2"]])
        #expect(throws: RowSourceError.raggedRow(file: "a.csv", line: 1, expected: 3, found: 2)) {
            try rows(csv("a,1\nb,2", CSVFormat(names: .given(["id", "x", "y"]))))
        }
    }

    @Test(arguments: [";", "\t", "|"]) func otherSeparators(separator: String) throws {
        let format = CSVFormat(separator: Array(separator.utf8)[0])
        let source = try csv("id\(separator)x\n\"a\(separator)b\"\(separator)\"1,5\"\nc\(separator)\n", format)
        #expect(source.columns == ["id", "x"])
        #expect(try rows(source) == [["a\(separator)b", "1,5"], ["c", ""]])
    }

    @Test func separators() {
        for byte in Array("\n\r\"".utf8) + [0, 0x7F, 0xC3] { #expect(!CSVFormat.isSeparator(byte)) }
        for byte in Array("\t,;| :".utf8) { #expect(CSVFormat.isSeparator(byte)) }
    }

    private func expect(_ error: RowSourceError, _ text: String) {
        for piece in [3, 1 << 20] { #expect(throws: error) { try rows(csv(text, piece: piece)) } }
    }

    @Test func headersAndEmptyFiles() {
        expect(.empty(file: "a.csv"), "")
        expect(.empty(file: "a.csv"), "\n\r\n")
        expect(.duplicateColumn(source: "a.csv", column: "x"), "id,x,x\na,1,2\n")
        expect(.unnamedColumn(source: "a.csv", field: 2), "id,,x\na,1,2\n")
    }

    @Test func rowsAndQuotes() {
        expect(.raggedRow(file: "a.csv", line: 3, expected: 2, found: 1), "id,x\na,1\nb\n")
        expect(.raggedRow(file: "a.csv", line: 5, expected: 2, found: 3), "id,x\n\"a\n\n\",1\nb,1,2\n")
        expect(.unterminatedQuote(file: "a.csv", line: 3, field: 2), "id,x\na,1\nb,\"2\nc,3\n")
        expect(.strayQuote(file: "a.csv", line: 2, field: 1), "id,x\na\"b,1\n")
        expect(.strayQuote(file: "a.csv", line: 2, field: 2), "id,x\na,\"1\"2\n")
        expect(.strayQuote(file: "a.csv", line: 2, field: 2), "id,x\na,\"1\"\r2\n")
        let long = "id,x\na,\"" + String(repeating: "1\n", count: 1 << 20)
        #expect(throws: RowSourceError.recordTooLong(file: "a.csv", line: 2, limit: 1 << 20)) {
            try rows(csv(long, piece: 1 << 18))
        }
    }

    @Test func notUTF8() {
        #expect(throws: RowSourceError.notUTF8(source: "a.csv", at: .line(3), field: 2)) {
            try rows(csv(Array("id,x\na,ü\nb,".utf8) + [0xFC, 0x0A]))
        }
    }

    @Test func messagesNameFileLineAndField() {
        #expect(
            RowSourceError.notUTF8(source: "w.csv", at: .line(7), field: 2).description
                == "w.csv, line 7, field 2: not UTF-8; save the text in that encoding")
    }
}
