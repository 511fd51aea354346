import Foundation
import RowSources
import Scratch
import Tables
import Testing

/// What does not fit into memory is the same table.
@Suite struct DiskTests {
    /// Nothing stays in memory.
    private let space = WorkingSpace(memory: 0)

    /// Rows of several groups: numbers with gaps, texts, numbers that turn out to be texts late, cells over several lines.
    private func text(rows: Int) -> String {
        var text = "id,number,late,text\n"
        for row in 0..<rows {
            let number = row % 7 == 3 ? "" : "\(Double(row) / 8)"
            let late = row < rows / 3 ? "0\(row)" : "t\(row)"
            text += "k\(row),\(number),\(late),\"\(row % 5 == 0 ? "a\nb" : "ü") \(row)\"\n"
        }
        return text
    }

    private func table(_ text: String, in space: WorkingSpace) throws -> Table {
        var blocks = [Array(text.utf8), []]
        return try Table(file: "a.csv", key: RowKey(columns: ["id"]), in: space) { blocks.removeFirst() }
    }

    @Test func tablesAreTheSame() throws {
        let text = text(rows: 100_000)
        let (memory, disk) = (try table(text, in: WorkingSpace()), try table(text, in: space))
        #expect(disk.columns.map(\.type) == [.category, .number, .category, .category])
        #expect(disk.columns.map(\.type) == memory.columns.map(\.type))
        let numbers = (try disk.numbers("number"), try memory.numbers("number"))
        #expect(numbers.0.map(\.bitPattern) == numbers.1.map(\.bitPattern))
        for name in ["id", "late", "text"] { #expect(try disk.texts(name) == memory.texts(name), "\(name)") }
        #expect(try disk.texts("late")[11] == "011")
        let keys = (try disk.keys(), try memory.keys())
        for row in [0, 1, 50_000, 99_999] {
            #expect(keys.0.encoding(row: row) == keys.1.encoding(row: row))
            #expect(disk.place(row) == memory.place(row))
            // A line more for every fifth row before, and for the header.
            #expect(disk.place(row) == .line(row + 2 + (row + 4) / 5))
        }
        var visited = 0
        try disk.visitKeys { rows, part in
            #expect(rows.lowerBound == visited)
            visited = rows.upperBound
            #expect(part.encoding(row: 0) == keys.1.encoding(row: rows.lowerBound))
            #expect(part.encoding(row: rows.count - 1) == keys.1.encoding(row: rows.upperBound - 1))
        }
        #expect(visited == 100_000)
    }

    @Test func errorsNameTheSamePlace() {
        // A text among numbers, in a group that is not the first.
        let rows = (0..<200_000).map { "k\($0),\($0 == 150_000 ? "?" : "1"),x\n" }
        #expect(throws: TablesError.notANumber(file: "a.csv", at: .line(150_002), column: "n")) {
            try table("id,n,t\n" + rows.joined(), in: space)
        }
        let infinite = (0..<200_000).map { "k\($0),\($0 == 150_000 ? "inf" : "1"),x\n" }
        #expect(throws: TablesError.notFinite(file: "a.csv", at: .line(150_002), column: "n")) {
            try table("id,n,t\n" + infinite.joined(), in: space)
        }
    }

    @Test func aFolderThatCannotBeUsedIsNamed() throws {
        let error = #expect(throws: TablesError.self) {
            try table("id,n\na,1\n", in: WorkingSpace(memory: 0, folder: "/proc/none"))
        }
        #expect(error == .scratch(file: "a.csv", .file(folder: "/proc/none", problem: "No such file or directory")))
    }

    @Test func moreThanTheDiskHasIsNotBegun() throws {
        var blocks = [Array(text(rows: 10).utf8), []]
        let source = try CSVReader(file: "a.csv") { blocks.removeFirst() }
        let error = #expect(throws: TablesError.self) {
            try Table(source, key: RowKey(columns: ["id"]), in: space, expected: 1 << 60)
        }
        guard case .scratch(file: "a.csv", .full(_, let needed, let free))? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(needed >= 1 << 60 && free < needed)
    }

    @Test func plainNumbersAreWhatTheLongWayMakesOfThem() throws {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("0123456789.-+e ")
        for _ in 0..<200_000 {
            let length = Int.random(in: 0...18, using: &generator)
            let cell = Array(
                String((0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }).utf8)
            guard let plain = cell.withUnsafeBufferPointer({ NumberCell.plainDecimal($0) }) else { continue }
            guard case .value(let value) = NumberCell(cell[...]) else {
                Issue.record("\(String(decoding: cell, as: UTF8.self))")
                continue
            }
            #expect(value.bitPattern == plain.bitPattern)
        }
    }
}
