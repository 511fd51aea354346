import ArgumentParser
import Foundation

/// What attention to a share of a long history costs, against all of it.
struct HistoryCacheBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history-cache",
        abstract: "One event's attention over a kept history: all events in sight, and a share of them.",
        discussion: """
            One layer of 4 heads with 32 elements, on one thread. Both go through the same code and the same files, taking turns in \
            each round; "all" has a budget of 1. Events are of different entities in turn, 65,536 events in all, so that the \
            processor's caches hold none of them whole. Histories are made up: events in 200 clusters. An event's keys and values are written \
            each time; it is not committed.
            """)

    @Option(help: "Events of a history; several times for several lengths.")
    var events: [Int] = [1024, 4096, 16_384, 65_536]

    @Option(help: "The share that is attended to.")
    var budget = 0.2

    @Option(help: "Rounds of every measurement.")
    var rounds = 9

    @Option(help: "A folder on the disk; what is made there is removed.")
    var folder = "/tmp"

    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    @Flag(help: "Print the table of the library's README.")
    var markdown = false

    func validate() throws {
        guard rounds > 0, events.allSatisfy({ (64...1 << 20).contains($0) }) else {
            throw ValidationError("--rounds is 1 or more, --events 64 to 1048576")
        }
        guard budget > 0, budget <= 1 else { throw ValidationError("--budget is above 0 and at most 1") }
        guard !json || !markdown else { throw ValidationError("--json and --markdown exclude each other") }
    }

    func run() throws {
        let stores = "\(folder)/history-cache-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: stores, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: stores) }
        var table = HistoryCacheTable(style: json ? .json : markdown ? .markdown : .text)
        for events in events {
            table.add(try HistoryMeasurement(events: events, budget: budget, rounds: rounds, in: stores))
        }
        try table.finish()
    }
}

/// Collects and prints the rows.
private struct HistoryCacheTable: Encodable {
    let benchmark = "history-cache"
    let machine = Report.Machine()
    private(set) var rows: [HistoryMeasurement] = []
    private let printer: TablePrinter

    private enum CodingKeys: CodingKey { case benchmark, machine, rows }

    init(style: TableStyle) {
        printer = TablePrinter(
            style: style,
            columns: ["events", "all, µs", "a share, µs", "ratio", "learning, ms", "keys / codes and books"])
        printer.begin("Attention of one event in one layer, with \(machine.processor).")
    }

    mutating func add(_ row: HistoryMeasurement) {
        rows.append(row)
        printer.row(
            "\(row.events) events, a share of \(row.budget)",
            [
                "\(row.events)", String(format: "%.0f", row.dense), String(format: "%.0f", row.share),
                String(format: "%.2f", row.ratio), String(format: "%.1f", row.learning),
                String(format: "%.0f", row.compression),
            ], hidden: 1)
    }

    func finish() throws { try printer.finish(self) }
}
