internal import Glibc

/// Columns of text under their titles, for people. A cell may have several lines.
package struct TextTable {
    enum Alignment { case left, right }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[[String]]] = []

    /// A column whose title begins with `>` is aligned to the right.
    package init(_ titles: String...) {
        columns = titles.map { $0.hasPrefix(">") ? (String($0.dropFirst()), .right) : ($0, .left) }
    }

    /// One cell per column.
    package mutating func add(_ cells: String...) {
        precondition(cells.count == columns.count, "a row has a cell for each column")
        rows.append(cells.map { $0.split(separator: "\n", omittingEmptySubsequences: false).map(printable) })
    }

    /// The table, line by line; without titles where none has any.
    package var lines: [String] {
        let hasTitles = columns.contains { !$0.title.isEmpty }
        let all = (hasTitles ? [columns.map { [$0.title] }] : []) + rows
        let widths = columns.indices.map { column in
            all.lazy.flatMap { $0[column] }.map(\.count).max() ?? 0
        }
        return all.flatMap { row in
            (0..<(row.map(\.count).max() ?? 0)).map { line in
                let cells = columns.indices.map { column in
                    let text = line < row[column].count ? row[column][line] : ""
                    let space = String(repeating: " ", count: widths[column] - text.count)
                    return columns[column].alignment == .left ? text + space : space + text
                }
                return trimmed(cells.joined(separator: "  "))
            }
        }
    }

    private func trimmed(_ line: String) -> String {
        String(line.reversed().drop { $0 == " " }.reversed())
    }
}

/// As many characters of a transcript's names as one would read.
let textLimit = 300
/// And of its sentences.
let sentenceLimit = 2_000

/// A sentence of a transcript without what nobody would read: a hostile one repeats a long text in every line.
func cut(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(sentenceLimit)))
}

/// A text from a transcript as it may go to a terminal: no control characters, nothing that turns the writing direction, no
/// more than one would read. Whoever wrote the transcript must not write the auditor's screen.
func printable(_ text: some StringProtocol) -> String { printable(text, limit: textLimit) }

/// The same for a text of which one reads more.
func printable(_ text: some StringProtocol, limit: Int) -> String {
    var result = ""
    for scalar in text.unicodeScalars.prefix(limit) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
            result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return text.unicodeScalars.count > limit ? result + "..." : result
}

/// Words on as many lines as they need, each of at most `width` characters unless a word is longer.
func wrapped(_ text: String, to width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
        if let last = lines.last, last.count + 1 + word.count <= width {
            lines[lines.count - 1] += " " + word
        } else {
            lines.append(String(word))
        }
    }
    return lines
}

extension [String] {
    package func indented(by spaces: Int = 2) -> [String] {
        map { $0.isEmpty ? $0 : String(repeating: " ", count: spaces) + $0 }
    }
}

extension Int {
    /// `1,234,567`.
    package var grouped: String {
        let digits = Array(String(magnitude))
        let groups = stride(from: digits.count, to: 0, by: -3).map { String(digits[Swift.max(0, $0 - 3)..<$0]) }
        return (self < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
    }

    /// A number of bytes in three digits or so: `412 bytes`, `88.1 MB`.
    var asBytes: String { magnitude < 1_000 ? counted("byte") : Double(self).asBytes }

    /// What share of `whole` it is: `92.1 %`, `under 0.1 %`.
    func share(of whole: Int) -> String {
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
    var asBytes: String {
        var (value, unit) = (self, "B")
        for next in ["kB", "MB", "GB", "TB", "PB", "EB"] where value >= 999.5 { (value, unit) = (value / 1000, next) }
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 || value >= 99.95
            ? "\(Int(value.rounded())) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
    }
}

/// A time in seconds since 1970 as `2026-01-31 09:30:00 UTC`.
func calendarTime(_ seconds: Int64) -> String {
    var time = time_t(seconds)
    var parts = tm()
    var text = [CChar](repeating: 0, count: 64)
    guard gmtime_r(&time, &parts) != nil, strftime(&text, text.count, "%Y-%m-%d %H:%M:%S UTC", &parts) > 0 else {
        return "\(seconds) seconds after 1970"
    }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
