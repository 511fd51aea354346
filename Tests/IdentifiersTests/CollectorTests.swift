import Cryptography
import Identifiers
import Specification
import Synchronization
import Testing

@Suite struct CollectorTests {
    @Test func repeatedIDsAreFoundAfterNormalisation() throws {
        let rows = [["b"], ["A\u{301} "], ["c"], ["Á"], ["\tá"], ["B"], ["d"]]
        let folding = declaration(.text, foldsCase: true)
        #expect(
            throws: IdentifiersError.repeated(
                count: 3,
                rows: [
                    RepeatedRows(first: 1, again: 3), RepeatedRows(first: 1, again: 4),
                    RepeatedRows(first: 0, again: 5),
                ])
        ) { try collect(rows, folding) }

        let first = try collect(rows, folding, duplicates: .first)
        #expect(first.count == 4 && first.repeatedRows == 3 && first.rows == 7)
        #expect(try Set(first.all.rows) == [0, 1, 2, 6])
    }

    @Test func theFewThatAreNamedAreTheFirst() throws {
        let rows = (0..<200).map { ["\($0 % 100)"] }
        let named = (100..<105).map { RepeatedRows(first: $0 - 100, again: $0) }
        #expect(throws: IdentifiersError.repeated(count: 100, rows: named)) { try collect(rows) }
        try withFolder { folder throws in
            #expect(throws: IdentifiersError.repeated(count: 100, rows: named)) {
                try collect(rows, storage: .file(folder + "/ids"))
            }
            #expect(try names(in: folder) == [])
        }
    }

    @Test func rowsWithAnEmptyCellAreCounted() throws {
        let rows = [["a", "1"], [" \t", "2"], ["b", ""], ["\u{A0}\u{3000}", " "], ["b", "3"]]
        let ids = try collect(rows, declaration(.text, .integer))
        #expect(ids.count == 2 && ids.emptyRows == 3 && ids.rows == 5)
        #expect(try ids.all.rows.sorted() == [0, 4])
        #expect(try collect([[" "]], declaration(.text, trims: false)).count == 1)
        #expect(try collect([]).count == 0)
    }

    @Test func badCellsAreNamedAndTheRestGoesOn() throws {
        let key = declaration(.text, .integer)
        var collector = try IdentifierCollector(key, seed: seed, storage: .memory)
        try collector.add(row: 0, cells: [cell("a"), cell("1")])
        #expect(throws: IdentifiersError.cell(row: 1, column: "column 1", problem: .notAnInteger)) {
            do { try collector.add(row: 1, cells: [cell("secret"), cell("secret")]) } catch {
                #expect(!"\(error)".contains("secret") && "\(error)".contains("row 1, column 'column 1'"))
                throw error
            }
        }
        try collector.add(row: 2, cells: [cell("b"), cell("2")])
        let ids = try collector.finish()
        #expect(try ids.all == collect([["a", "1"], ["", ""], ["b", "2"]], key).all)
        #expect(ids.rows == 2)
    }

    @Test func theOrderOfRowsDoesNotMatter() throws {
        var numbers = Numbers()
        var rows = Array(0..<3000)
        let reference = try collect(count: rows.count)
        for index in rows.indices.reversed() { rows.swapAt(index, Int(numbers.below(UInt32(index + 1)))) }
        let ids = try collect(numbers: rows)
        #expect(try ids.all == reference.all)
        #expect(ids.inputHash == reference.inputHash)
    }

    @Test func theInputHashIsOfHashesDeclarationAndCount() throws {
        let ids = try collect(count: 300)
        var writer = CanonicalWriter()
        writer.text("colonnade/align/input/v1")
        writer.raw(try ids.all.hashes)
        writer.raw(declaration(.text).fingerprint)
        writer.count(300)
        #expect(ids.inputHash == SHA256.hash(writer.bytes))
        #expect(try collect(count: 299).inputHash != ids.inputHash)
    }

    @Test func progressIsTold() throws {
        var told: [Int] = []
        var collector = try IdentifierCollector(declaration(.text), seed: seed, storage: .memory) { told.append($0) }
        for row in 0..<140_000 { try collector.add(row: row, cells: [cell("\(row)")]) }
        _ = try collector.finish()
        #expect(told == [65_536, 131_072, 140_000])
    }
}
