import Foundation
import Jobs

/// Collects and prints the rows of `quality`.
struct QualityTable: Encodable {
    let benchmark = "quality"
    let machine = Report.Machine()
    let protection: String
    /// Of the keys; 0 without any.
    let bits: Int
    let seeds: Int
    private(set) var rows: [QualityRow] = []
    /// Whether federation and the model in one place began with the same weights.
    let hasSameStart: Bool
    private let printer: TablePrinter

    private enum CodingKeys: CodingKey { case benchmark, machine, protection, bits, seeds, hasSameStart, rows }

    private static let columns = [
        "job", "parties", "rows", "metric", "federated", "in one place", "largest difference", "label party alone",
        "boosted trees alone", "exposure", "rounds", "time", "sent",
    ]

    init(protection: Job.Protection, bits: Int, seeds: Int, hasSameStart: Bool, style: TableStyle) {
        self.hasSameStart = hasSameStart
        self.protection = protection.rawValue
        self.bits = protection == .blind ? bits : 0
        self.seeds = seeds
        printer = TablePrinter(style: style, columns: Self.columns)
        printer.begin(title)
    }

    private var title: String {
        let keys = bits > 0 ? "\(bits) bits" : "no cryptography"
        return
            "Protection \(protection), \(keys)\(hasSameStart ? ", the same first weights" : ""); mean of \(seeds) \(seeds == 1 ? "seed" : "seeds"); "
            + "\(machine.processor), \(machine.cores) cores."
    }

    mutating func add(_ row: QualityRow) {
        rows.append(row)
        printer.row(row.name, row.cells, hidden: 1)
    }

    func finish() throws { try printer.finish(self) }
}

extension QualityRow {
    /// In the order of the table's columns.
    fileprivate var cells: [String] {
        func decimals(_ value: Double) -> String { String(format: "%.4f", value) }
        let exposure = exposures.sorted { $0.key < $1.key }.map { "\($0.key) \(String(format: "%.2f", $0.value))" }
        return [
            name, "\(parties.count)", "\(aligned)", metric, decimals(ours), decimals(colocated),
            decimals(largestDifference), decimals(labelPartyOnly), labelPartyBoosted.map(decimals) ?? "",
            exposure.joined(separator: ", "), "\(rounds)", String(format: "%.0f s", seconds),
            String(format: "%.0f MB", bytes / 1e6),
        ]
    }
}
