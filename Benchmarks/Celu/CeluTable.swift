import Foundation

/// Collects and prints the rows of `celu`.
struct CeluTable: Encodable {
    let benchmark = "celu"
    let machine = Report.Machine()
    let wideArea: String
    let seeds: ClosedRange<Int>
    private(set) var rows: [CeluRow] = []
    private let printer: TablePrinter

    private enum CodingKeys: CodingKey { case benchmark, machine, wideArea, seeds, rows }

    private static let columns = [
        "set", "protection", "method", "rounds to", "seconds to", "final", "best", "s a round", "of it local",
        "bytes a round", "local updates", "mean weight",
    ]

    init(wideArea: String, seeds: ClosedRange<Int>, style: TableStyle) {
        (self.wideArea, self.seeds) = (wideArea, seeds)
        printer = TablePrinter(style: style, columns: Self.columns)
        printer.begin(
            "Links of \(wideArea); medians over seeds \(seeds.lowerBound) to \(seeds.upperBound); \(machine.processor), \(machine.cores) cores."
        )
    }

    mutating func add(_ row: CeluRow) {
        rows.append(row)
        printer.row(row.name, row.cells, hidden: 3)
    }

    func finish() throws { try printer.finish(self) }
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
