import Tables
import Testing

@Suite struct RowKeyTests {
    @Test func encodingIsCountThenLengthsAndBytes() throws {
        let one = try table("id,x\nab,1\n")
        #expect(try one.keys().encoding(row: 0) == [0, 0, 0, 1, 0, 0, 0, 2, 0x61, 0x62])
        let two = try table("x,b,a\n1,ü,7\n", key: ["a", "b"])
        #expect(try two.keys().encoding(row: 0) == [0, 0, 0, 2, 0, 0, 0, 1, 0x37, 0, 0, 0, 2, 0xC3, 0xBC])
        let long = RowKey.encode([[UInt8](repeating: 1, count: 0x012345)])
        #expect(long.prefix(8) == [0, 0, 0, 1, 0, 1, 0x23, 0x45])
    }

    @Test func columnsNeverRunIntoEachOther() throws {
        let table = try table("a,b\nx,yz\nxy,z\n", key: ["a", "b"])
        #expect(try table.keys().encoding(row: 0) != table.keys().encoding(row: 1))
    }

    @Test func spacesAtTheEndsAreTrimmedWhereDeclared() throws {
        let text = Array("id,x\n a b\t,1\n".utf8)
        func encoding(trims: Bool) throws -> [UInt8] {
            var blocks = [text, []]
            let key = RowKey(columns: ["id"], trims: trims)
            return try Table(file: "a.csv", key: key) { blocks.removeFirst() }.keys().encoding(row: 0)
        }
        #expect(try encoding(trims: true) == RowKey.encode([Array("a b".utf8)]))
        #expect(try encoding(trims: false) == RowKey.encode([Array(" a b\t".utf8)]))
    }

    @Test func keysOfDigitsStayTextsInTheKeysOrder() throws {
        let table = try table("id,x,no\n007,1,4\n7,2,5\n7.0,3,6\n", key: ["no", "id"])
        #expect(try table.keys().columns.map { Array($0[0]) } == [Array("4".utf8), Array("007".utf8)])
        #expect(try table.keys().cells(row: 2) == ["6", "7.0"])
    }
}
