import Arithmetic
import Testing

@Suite struct EncodingTests {
    @Test func bytesInBothOrders() throws {
        let value = try Integer(decimal: "18591708106338011145")  // 0x010203040506070809
        #expect(try value.bigEndianBytes(count: 9) == [1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(try value.littleEndianBytes(count: 11) == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0])
        #expect(Integer(bigEndian: [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) == value)
        #expect(Integer(littleEndian: [9, 8, 7, 6, 5, 4, 3, 2, 1][...]) == value)
        #expect(Integer(bigEndian: (1...9).lazy.map { UInt8($0) }) == value, "not contiguous")
        #expect(Integer(bigEndian: []) == 0)
        #expect(try Integer(0).bigEndianBytes(count: 0) == [])
        #expect(try Integer(0).bigEndianBytes(count: 2) == [0, 0])
    }

    @Test func widthIsChecked() throws {
        #expect(throws: ArithmeticError.wider(thanBytes: 2)) { try Integer(65536).bigEndianBytes(count: 2) }
        #expect(try Integer(65535).bigEndianBytes(count: 2) == [255, 255])
        #expect(throws: ArithmeticError.negative) { try Integer(-1).littleEndianBytes(count: 8) }
    }

    @Test func decimalText() throws {
        let digits = "-1" + String(repeating: "0987654321", count: 200)
        #expect(try Integer(decimal: digits).decimal == digits)
        #expect(try Integer(decimal: "-0") == 0)
        #expect(Integer(0).decimal == "0")
        for text in ["", "-", "+1", " 1", "1 ", "1_000", "0x10", "--1", "1.5", "٣", "1\u{0}"] {
            #expect(throws: ArithmeticError.notDecimal, "\(text)") { try Integer(decimal: text) }
        }
    }
}
