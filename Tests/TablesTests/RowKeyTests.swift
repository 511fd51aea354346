import Tables
import Testing

@Suite struct RowKeyTests {
    @Test func encodingIsCountThenLengthsAndBytes() throws {
        let one = try table("id,x\nab,1\n")
        #expect(try one.identifiers() == [[0, 0, 0, 1, 0, 0, 0, 2, 0x61, 0x62]])
        let two = try table("x,b,a\n1,ü,7\n", key: ["a", "b"])
        #expect(try two.identifiers() == [[0, 0, 0, 2, 0, 0, 0, 1, 0x37, 0, 0, 0, 2, 0xC3, 0xBC]])
        let long = RowKey.encode([[UInt8](repeating: 1, count: 0x012345)])
        #expect(long.prefix(8) == [0, 0, 0, 1, 0, 1, 0x23, 0x45])
    }

    @Test func columnsNeverRunIntoEachOther() throws {
        let table = try table("a,b\nx,yz\nxy,z\n", key: ["a", "b"])
        #expect(Set(try table.identifiers()).count == 2)
    }

    @Test func spacesAtTheEndsAreTrimmedWhereDeclared() throws {
        let text = Array("id,x\n a b\t,1\n".utf8)
        func identifier(trims: Bool) throws -> [UInt8] {
            var blocks = [text, []]
            let key = RowKey(columns: ["id"], trims: trims)
            return try Table(file: "a.csv", key: key) { blocks.removeFirst() }.identifiers()[0]
        }
        #expect(try identifier(trims: true) == RowKey.encode([Array("a b".utf8)]))
        #expect(try identifier(trims: false) == RowKey.encode([Array(" a b\t".utf8)]))
    }

    @Test func keysOfDigitsStayTexts() throws {
        let table = try table("id,x\n007,1\n7,2\n7.0,3\n")
        #expect(Set(try table.identifiers()).count == 3)
    }

    @Test func emptyKeysAreRefused() throws {
        let table = try table("a,b,x\n1,1,1\n2,  ,1\n", key: ["a", "b"])
        #expect(throws: TablesError.emptyKey(file: "a.csv", line: 3, column: "b")) { try table.identifiers() }
    }

    @Test func duplicatesAreCountedAndTheFirstAreNamed() throws {
        let twice = try table("id,x\na,1\nb,1\n\"c\nc\",1\na ,1\nd,1\nb,2\n")
        #expect(
            throws: TablesError.duplicateKeys(
                file: "a.csv", count: 2,
                lines: [DuplicateLines(first: 2, again: 6), DuplicateLines(first: 3, again: 8)])
        ) { try twice.identifiers() }

        let same = try table("id\n" + String(repeating: "a\n", count: 100))
        #expect(
            throws: TablesError.duplicateKeys(
                file: "a.csv", count: 99, lines: (3...7).map { DuplicateLines(first: 2, again: $0) })
        ) { try same.identifiers() }
    }
}
