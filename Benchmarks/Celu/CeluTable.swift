import Foundation

/// Collects and prints the rows of `celu`.
struct CeluTable: Encodable {
    let benchmark = "celu"
    let machine = Report.Machine()
    let wideArea: String
    let seeds: Int
    private(set) var rows: [CeluRow] = []
    private let style: TableStyle

    private enum CodingKeys: CodingKey { case benchmark, machine, wideArea, seeds, rows }

    private static let columns = [
        "set", "protection", "method", "rounds to", "seconds to", "final", "best", "s a round", "of it local",
        "bytes a round", "local updates", "mean weight",
    ]

    init(wideArea: String, seeds: Int, style: TableStyle) {
        (self.wideArea, self.seeds, self.style) = (wideArea, seeds, style)
        guard style != .json else { return }
        print(
            "Links of \(wideArea); median of \(seeds) \(seeds == 1 ? "seed" : "seeds"); \(machine.processor), \(machine.cores) cores."
        )
        if style == .markdown {
            print("\n| \(Self.columns.joined(separator: " | ")) |")
            print("|" + String(repeating: "---|", count: Self.columns.count))
        }
        fflush(nil)
    }

    mutating func add(_ row: CeluRow) {
        rows.append(row)
        switch style {
        case .json: break
        case .markdown: print("| \(row.cells.joined(separator: " | ")) |")
        case .text:
            print(row.name)
            for (column, cell) in zip(Self.columns, row.cells).dropFirst(3) { print("  \(column.padded(16))\(cell)") }
        }
        fflush(nil)
    }

    func finish() throws {
        guard style == .json else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(self), as: UTF8.self))
    }
}

extension CeluRow {
    /// In the order of the table's columns.
    fileprivate var cells: [String] {
        func decimals(_ value: Double, _ count: Int) -> String { String(format: "%.\(count)f", value) }
        func byTarget<Value>(_ values: [String: Value], _ text: (Value) -> String) -> String {
            values.isEmpty
                ? "none reached"
                : values.sorted { $0.key < $1.key }.map { "\($0.key): \(text($0.value))" }.joined(separator: ", ")
        }
        return [
            set, protection, method.rawValue, byTarget(rounds) { "\($0)" }, byTarget(seconds) { decimals($0, 1) },
            decimals(final, 4), decimals(best, 4), decimals(secondsPerRound, 4), decimals(localSecondsPerRound, 4),
            "\(bytesPerRound)", "\(localUpdates)", decimals(meanWeight, 3),
        ]
    }
}
