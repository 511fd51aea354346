internal import Glibc

extension Int {
    /// `1,234,567`.
    package var grouped: String {
        let digits = Array(String(magnitude))
        let groups = stride(from: digits.count, to: 0, by: -3).map { String(digits[Swift.max(0, $0 - 3)..<$0]) }
        return (self < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
    }

    /// A number of bytes in three digits or so: `412 bytes`, `88.1 MB`.
    package var asBytes: String { magnitude < 1_000 ? counted("byte") : Double(self).asBytes }

    /// What share of `whole` it is: `92.1 %`, `under 0.1 %`.
    package func share(of whole: Int) -> String {
        guard self > 0, whole > 0 else { return "0 %" }
        let thousandths = Int((Double(self) / Double(whole) * 1000).rounded())
        if thousandths == 0 { return "under 0.1 %" }
        if thousandths >= 1000, self < whole { return "over 99.9 %" }
        return thousandths == 1000 ? "100 %" : "\(thousandths / 10).\(thousandths % 10) %"
    }

    /// `1 frame`, `2 frames`.
    package func counted(_ noun: String) -> String { "\(grouped) \(noun)\(self == 1 ? "" : "s")" }
}

extension Double {
    /// A number of bytes, which may be larger than any Int, in three digits or so: `412 B`, `88.1 MB`.
    package var asBytes: String {
        var (value, unit) = (self, "B")
        for next in ["kB", "MB", "GB", "TB", "PB", "EB"] where value >= 999.5 { (value, unit) = (value / 1000, next) }
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 || value >= 99.95
            ? "\(Int(value.rounded())) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
    }
}

/// A time in seconds since 1970 as `2026-01-31 09:30:00 UTC`.
package func calendarTime(_ seconds: Int64) -> String {
    var time = time_t(seconds)
    var parts = tm()
    var text = [CChar](repeating: 0, count: 64)
    guard gmtime_r(&time, &parts) != nil, strftime(&text, text.count, "%Y-%m-%d %H:%M:%S UTC", &parts) > 0 else {
        return "\(seconds) seconds after 1970"
    }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

extension [String] {
    /// `a`, `a and b`, `a, b and c`; of many, the first ten and how many more.
    package var listed: String {
        if count > 10 { return prefix(10).joined(separator: ", ") + " and \((count - 10).grouped) more" }
        guard let last, count > 1 else { return first ?? "" }
        return dropLast().joined(separator: ", ") + " and " + last
    }
}
