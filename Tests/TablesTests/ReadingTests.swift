import Tables
import Testing

@Suite struct ReadingTests {
    @Test(arguments: [1, 2, 3, 7, 1000])
    func quotesLineEndsAndMissingCells(piece: Int) throws {
        let text =
            "\u{FEFF}id,\"na\"\"me\", x \r\n1,\"a,b\",1\n\n\"2\",\"line\nbreak\",\r\n3,\"say \"\"hi\"\"\",-2.5\r\n4,,4e-1"
        // The byte-order mark must lie in one block, as it does in every block of a file.
        let table = try table(bytes: Array(text.utf8), piece: max(piece, 3))
        #expect(table.columns.map(\.name) == ["id", "na\"me", "x"])
        #expect(try table.texts("id") == ["1", "2", "3", "4"])
        #expect(try table.texts("na\"me") == ["a,b", "line\nbreak", "say \"hi\"", ""])
        let numbers = try table.numbers("x")
        #expect(numbers[0] == 1 && numbers[1].isNaN && numbers[2] == -2.5 && numbers[3] == 0.4)
        #expect((0..<4).map { table.place($0).number } == [2, 4, 6, 7])
    }

    @Test func aLastLineNeedsNoEnd() throws {
        #expect(try table("id,x\na,1").rowCount == 1)
        #expect(try table("id,x\na,1\r").numbers("x") == [1])
        #expect(try table("id,x\na,\"1\"").numbers("x") == [1])
        #expect(try table("id,x\na,").numbers("x").count == 1)
    }

    @Test func textsAreKeptAsTheyAre() throws {
        let table = try table("id,t\n007,  Zürich \n08,å\n")
        #expect(try table.texts("id") == ["007", "08"])
        #expect(try table.texts("t") == ["  Zürich ", "å"])
    }

    @Test func typesAreInferredOrDeclared() throws {
        let text = "id,code,hour,empty,mostly\na,1,5,,x\nb,A2,6,,y\nc,A3,,,3\n"
        let inferred = try table(text)
        #expect(inferred.columns.map(\.type) == [.category, .category, .number, .number, .category])
        let declared = try table(text, types: ["hour": .category, "empty": .category])
        #expect(declared.columns.map(\.type) == [.category, .category, .category, .category, .category])
        #expect(try declared.texts("hour") == ["5", "6", ""])
    }

    @Test func numbersAreReadAsTheStandardLibraryReadsThem() throws {
        var generator = SystemRandomNumberGenerator()
        var cells = [
            "0", "-0", "+1", ".5", "5.", "1e5", "1E-5", "9007199254740993", "0.1", "123456789012345678901234567890",
            "2.2250738585072011e-308", "1.7976931348623157e308", "4.9e-324", "0.000000000000000000000000000000123",
            "8.5", "9007199254740.992", "900719925474099.25",
        ]
        for _ in 0..<2000 {
            cells.append("\(Double(bitPattern: UInt64.random(in: 0..<0x7FF0_0000_0000_0000, using: &generator)))")
            cells.append("\(Double(Int64.random(in: -1_000_000_000...1_000_000_000, using: &generator)) / 1000)")
        }
        let read = try table("id,x\n" + cells.map { "a, \($0)\t" }.joined(separator: "\n")).numbers("x")
        for (cell, number) in zip(cells, read) { #expect(number == Double(cell), "\(cell)") }
    }

    @Test func theFlightsHaveTheSameKeysInDifferentOrders() throws {
        var sets: [Set<[UInt8]>] = []
        var firsts: [[UInt8]] = []
        for name in ["airline", "weather", "airport"] {
            let table = try Table(reading: flightsFolder + name + ".csv.zst", key: RowKey(columns: ["flight_id"]))
            let keys = try table.keys()
            let identifiers = (0..<table.rowCount).map { keys.encoding(row: $0) }
            sets.append(Set(identifiers))
            firsts.append(identifiers[0])
            if name == "airline" {
                let late = try table.binaryLabels("late", rows: Array(0..<table.rowCount))
                #expect(late.reduce(0, +) == 51_499)
            }
        }
        #expect(sets[0].count == 327_346)
        #expect(sets[0] == sets[1] && sets[1] == sets[2])
        #expect(Set(firsts).count == 3)
    }
}
