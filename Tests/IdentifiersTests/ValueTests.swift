import Identifiers
import Testing

@Suite struct ValueTests {
    private func bytes(_ value: Int64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("+0", 0), ("7", 7), ("+7", 7), ("007", 7), (" 7\t", 7), ("\u{A0}7", 7), ("-12", -12),
        ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
        ("000000000000000000000000000009223372036854775807", Int64.max),
    ])
    func integers(_ text: String, value: Int64) throws {
        #expect(try hash(declaration(.integer), cell(text)) == reference((2, bytes(value))))
    }

    @Test(arguments: [
        ("x", CellProblem.notAnInteger), ("7x", .notAnInteger), ("-", .notAnInteger), ("+-7", .notAnInteger),
        ("1 000", .notAnInteger), ("7.0", .notAnInteger), ("1e3", .notAnInteger), ("0x10", .notAnInteger),
        ("٧", .notAnInteger), ("7\u{FEFF}", .notAnInteger), ("99999999999999999999999x", .notAnInteger),
        ("9223372036854775808", .integerOutOfRange), ("-9223372036854775809", .integerOutOfRange),
        ("99999999999999999999999999999999999999999", .integerOutOfRange),
    ])
    func otherIntegersAreRefused(_ text: String, problem: CellProblem) {
        #expect(throws: IdentifiersError.cell(row: 0, column: "column 0", problem: problem)) {
            try hash(declaration(.integer), cell(text))
        }
    }

    @Test(arguments: [
        ("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11_016), ("1600-02-29", -135_081),
        (" 1900-03-01", -25_508),
        ("0001-01-01", -719_162), ("0000-01-01", -719_528), ("9999-12-31", 2_932_896),
    ])
    func dates(_ text: String, day: Int64) throws {
        #expect(try hash(declaration(.date), cell(text)) == reference((3, bytes(day))))
    }

    /// 800 years of days, counted one by one.
    @Test func daysFollowEachOther() throws {
        var day: Int64 = -719_528
        for year in 0..<800 {
            for month in 1...12 {
                let isLeap = year % 400 == 0 || year % 4 == 0 && year % 100 != 0
                let length = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
                for (date, offset) in [(1, 0), (length, length - 1)] {
                    let digits = String(1_0000_00_00 + year * 1_00_00 + month * 1_00 + date).dropFirst()
                    let text = "\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.suffix(2))"
                    #expect(
                        try hash(declaration(.date), cell(text)) == reference((3, bytes(day + Int64(offset)))))
                }
                day += Int64(length)
            }
        }
    }

    @Test(arguments: [
        "2001-02-29", "1900-02-29", "2000-13-01", "2000-00-01", "2000-01-00", "2000-01-32", "2000-04-31", "2000-1-01",
        "20000101", "2000/01/01", "01.02.2000", "-001-01-01", "2000-01-01T00:00", "2000-01-0x", "２000-01-01",
    ])
    func otherDatesAreRefused(_ text: String) {
        #expect(throws: IdentifiersError.cell(row: 0, column: "column 0", problem: .notADate)) {
            try hash(declaration(.date), cell(text))
        }
    }

    @Test func typesEncodeDifferently() throws {
        let text = try hash(declaration(.text), [0, 0, 0, 0, 0, 0, 0, 1])
        let integer = try hash(declaration(.integer), cell("1"))
        let date = try hash(declaration(.date), cell("1970-01-02"))
        #expect(Set([text, integer, date]).count == 3)
    }
}
