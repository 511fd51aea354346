internal import Glibc

/// A day of the calendar, as files write it: 2027-06-30. In UTC, which every machine agrees on.
public struct CalendarDay: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// `yyyy-mm-dd`: the order of these texts is that of the days.
    public let description: String

    /// - Returns: `nil` for what is no day: another form, or a day that its month does not have.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let isPlain = parts.map(\.count) == [4, 2, 2] && parts.joined().allSatisfy { (0x30...0x39).contains($0) }
        guard isPlain, let year = Int32(text.prefix(4)), let month = Int32(text.dropFirst(5).prefix(2)),
            let day = Int32(text.suffix(2))
        else { return nil }
        var fields = tm()
        (fields.tm_year, fields.tm_mon, fields.tm_mday) = (year - 1900, month - 1, day)
        // The calendar carries a day too many into the next month.
        self.init(seconds: timegm(&fields))
        guard description == text else { return nil }
    }

    /// The day of a moment.
    ///
    /// - Parameter seconds: Since 1970.
    public init(seconds: Int) {
        var (seconds, fields) = (time_t(seconds), tm())
        gmtime_r(&seconds, &fields)
        func digits(_ number: Int32, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        description = "\(digits(fields.tm_year + 1900, 4))-\(digits(fields.tm_mon + 1, 2))-\(digits(fields.tm_mday, 2))"
    }

    /// Today.
    public static var today: CalendarDay { CalendarDay(seconds: Int(time(nil))) }

    public static func < (one: Self, other: Self) -> Bool { one.description < other.description }
}
