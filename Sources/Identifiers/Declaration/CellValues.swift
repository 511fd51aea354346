extension Span<UInt8> {
    /// The whole number that the bytes are: an optional sign and one or more digits, leading zeros or not.
    func integer() throws(CellProblem) -> Int64 {
        let isNegative = first == UInt8(ascii: "-")
        let start = isNegative || first == UInt8(ascii: "+") ? 1 : 0
        guard start < count else { throw .notAnInteger }
        var value: Int64 = 0
        var fits = true
        for index in start..<count {
            guard let digit = digit(at: index) else { throw .notAnInteger }
            guard fits else { continue }  // text is the clearer cause, so all of it is looked at
            // Downwards, because there is one more number below 0 than above.
            let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (difference, passed) = product.subtractingReportingOverflow(Int64(digit))
            value = difference
            fits = !overflowed && !passed
        }
        guard fits, isNegative || value > .min else { throw .integerOutOfRange }
        return isNegative ? value : -value
    }

    /// The day that the bytes are, `yyyy-mm-dd` with a year of 0000 to 9999, as days since 1970-01-01.
    func date() throws(CellProblem) -> Int64 {
        let hyphen = UInt8(ascii: "-")
        guard count == 10, self[4] == hyphen, self[7] == hyphen, let year = number(0..<4),
            let month = number(5..<7), let day = number(8..<10),
            1...12 ~= month, 1...Self.days(in: month, year) ~= day
        else { throw .notADate }
        // Years that begin with March have their leap day at the end, and eras of 400 years are all alike. One era more keeps
        // January of year 0 from being negative.
        let months = (month + 9) % 12
        let years = year + 400 - (month < 3 ? 1 : 0)
        let (era, yearOfEra) = (years / 400 - 1, years % 400)
        let dayOfYear = (153 * months + 2) / 5 + day - 1
        let dayOfEra = 365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(146_097 * era + dayOfEra - 719_468)
    }

    private static func days(in month: Int, _ year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private var first: UInt8? { isEmpty ? nil : self[0] }

    private func digit(at index: Int) -> UInt8? {
        let digit = self[index] &- UInt8(ascii: "0")
        return digit < 10 ? digit : nil
    }

    /// Digits and nothing else.
    private func number(_ range: Range<Int>) -> Int? {
        var value = 0
        for index in range {
            guard let digit = digit(at: index) else { return nil }
            value = 10 * value + Int(digit)
        }
        return value
    }
}
