internal import Pages

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

extension [String] {
    package func indented(by spaces: Int = 2) -> [String] {
        map { $0.isEmpty ? $0 : String(repeating: " ", count: spaces) + $0 }
    }
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
