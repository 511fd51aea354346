internal import RowSources

/// A second of time, as cells write it.
///
/// - A number: seconds since whenever, the same in both files.
/// - A date of the proleptic Gregorian calendar with or without a time, as ISO 8601 and databases write them: `2013-01-31`,
///   `2013-01-31 05:15`, `2013-01-31T05:15:00.5Z`, `2013-01-31 05:15:00+01:00`. Seconds since 1970; without a zone in UTC.
///
/// Fractions are rounded down. So of two moments that differ the earlier one never comes later; those of one second are a tie, and
/// an event at a row's own moment is not seen.
public struct Moment: Hashable, Comparable, Sendable {
    /// How a cell says a moment.
    enum Notation: Hashable, Sendable {
        case number, date
    }

    /// Below 2^53 in magnitude.
    public let seconds: Int
    let notation: Notation

    /// - Parameter isDate: Whether they count from 1970.
    init(seconds: Int, isDate: Bool = false) {
        (self.seconds, notation) = (seconds, isDate ? .date : .number)
    }

    /// Reads a cell, without spaces around it; `nil` for what is no moment.
    package init?(_ cell: ArraySlice<UInt8>) {
        if case .value(let number) = NumberCell(cell) {
            self.init(number)
            return
        }
        var scanner = DateScanner(rest: cell)
        guard let seconds = scanner.seconds() else { return nil }
        self.init(seconds: seconds, isDate: true)
    }

    /// A number of seconds; `nil` for one that is too large.
    init?(_ number: Double) {
        guard number.magnitude < 0x1p53 else { return nil }
        self.init(seconds: Int(number.rounded(.down)))
    }

    public static func < (one: Moment, other: Moment) -> Bool { one.seconds < other.seconds }
}

extension Moment: CustomStringConvertible {
    /// As it would be written in a file: a number, or a date in UTC.
    public var description: String {
        guard notation == .date else { return "\(seconds)" }
        let (days, rest) = (seconds.floorDivided(by: 86_400), seconds - seconds.floorDivided(by: 86_400) * 86_400)
        let date = Calendar.date(ofDay: days)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let year = String(repeating: "0", count: max(0, 4 - "\(date.year)".count)) + "\(date.year)"
        let time = [rest / 3600, rest / 60 % 60, rest % 60].map(two).joined(separator: ":")
        return "\(year)-\(two(date.month))-\(two(date.day))T\(time)Z"
    }
}

/// Reads a date from left to right.
private struct DateScanner {
    var rest: ArraySlice<UInt8>

    mutating func seconds() -> Int? {
        guard let year = digits(4), skip("-"), let month = digits(2), skip("-"), let day = digits(2),
            let days = Calendar.day(year: year, month: month, day: day)
        else { return nil }
        if rest.isEmpty { return days * 86_400 }
        guard skip("T") || skip("t") || skip(" "), let time = timeOfDay(), let offset = offset(), rest.isEmpty else {
            return nil
        }
        return days * 86_400 + time - offset
    }

    private mutating func timeOfDay() -> Int? {
        guard let hour = digits(2), hour < 24, skip(":"), let minute = digits(2), minute < 60 else { return nil }
        guard skip(":") else { return hour * 3600 + minute * 60 }
        guard let second = digits(2), second < 60 else { return nil }
        if skip(".") {
            guard digits(1) != nil else { return nil }
            while digits(1) != nil {}
        }
        return hour * 3600 + minute * 60 + second
    }

    /// Seconds that a zone is ahead of UTC.
    private mutating func offset() -> Int? {
        if rest.isEmpty || skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = digits(2), hours < 24 else { return nil }
        if rest.isEmpty { return sign * hours * 3600 }
        _ = skip(":")
        guard let minutes = digits(2), minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// A number of exactly so many digits.
    private mutating func digits(_ count: Int) -> Int? {
        guard rest.count >= count else { return nil }
        var number = 0
        for byte in rest.prefix(count) {
            guard case let digit = byte &- UInt8(ascii: "0"), digit < 10 else { return nil }
            number = number * 10 + Int(digit)
        }
        rest = rest.dropFirst(count)
        return number
    }
}

/// Days counted from 1 January 1970, before which they are negative.
///
/// Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013): years that begin in March, in eras of 400 years, which are 146,097 days.
private enum Calendar {
    /// `nil` for a day that its month does not have.
    static func day(year: Int, month: Int, day: Int) -> Int? {
        guard 1...12 ~= month, day >= 1 else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.floorDivided(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return date(ofDay: days) == (year, month, day) ? days : nil
    }

    static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let civil = month < 10 ? month + 3 : month - 9
        return (yearOfEra + era * 400 + (civil <= 2 ? 1 : 0), civil, dayOfYear - (153 * month + 2) / 5 + 1)
    }
}

extension Int {
    /// The quotient rounded down.
    fileprivate func floorDivided(by divisor: Int) -> Int {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
