import Foundation

/// How a table is printed.
enum TableStyle { case text, json, markdown }

/// Prints a table row by row as it grows, or the whole of it as one JSON object in the end.
struct TablePrinter {
    let style: TableStyle
    let columns: [String]

    /// Prints what stands above the rows.
    func begin(_ title: String) {
        guard style != .json else { return }
        print(title)
        if style == .markdown {
            print("\n| \(columns.joined(separator: " | ")) |")
            print("|" + String(repeating: "---|", count: columns.count))
        }
        fflush(nil)
    }

    /// Prints a row.
    ///
    /// - Parameters:
    ///   - name: what stands above its cells in a text.
    ///   - cells: in the order of the columns.
    ///   - hidden: cells at the front that the name says already.
    func row(_ name: String, _ cells: [String], hidden: Int) {
        switch style {
        case .json: break
        case .markdown: print("| \(cells.joined(separator: " | ")) |")
        case .text:
            print(name)
            for (column, cell) in zip(columns, cells).dropFirst(hidden) { print("  \(column.padded(22))\(cell)") }
        }
        fflush(nil)
    }

    /// Prints the JSON object.
    func finish(_ table: some Encodable) throws {
        guard style == .json else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(table), as: UTF8.self))
    }
}
