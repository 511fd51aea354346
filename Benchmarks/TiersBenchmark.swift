import ArgumentParser
import Foundation
import Tiers

/// How fast pages go to the disk and come back.
struct TiersBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tiers",
        abstract: "How fast pages go to the disk and come back, by their size.",
        discussion: """
            A file is written and read once before the rounds, since its first writing takes longer; then each round writes and \
            reads all of it, outside the page cache, with as many transfers begun at once as the queue holds. Medians of the rounds.
            """)

    @Option(help: "The folder on the disk that is measured.")
    var folder = "/tmp"

    @Option(help: "Bytes of the file, in MiB.")
    var size = 512

    @Option(help: "Rounds of every measurement.")
    var rounds = 5

    @Option(help: "KiB of a page; several times for several sizes.")
    var page: [Int] = [64, 256, 1024, 4096]

    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    @Flag(help: "Print the table of the library's README.")
    var markdown = false

    func validate() throws {
        guard rounds > 0, size > 0 else { throw ValidationError("--rounds and --size are 1 or more") }
        guard page.allSatisfy({ $0 > 0 && $0 % 4 == 0 && $0 <= size << 10 }) else {
            throw ValidationError("--page takes multiples of 4 KiB up to the size of the file")
        }
        guard !json || !markdown else { throw ValidationError("--json and --markdown exclude each other") }
    }

    func run() throws {
        var table = TiersTable(style: json ? .json : markdown ? .markdown : .text)
        for page in page { table.add(try measure(page)) }
        try table.finish()
    }

    private func measure(_ kibibytes: Int) throws -> TiersRow {
        let pageBytes = kibibytes << 10
        let pages = (size << 20) / pageBytes
        let file = try PageFile(in: folder, pages: pages, pageBytes: pageBytes)
        let memory = try Arena(bytes: pageBytes)
        memory[0..<pageBytes].initializeMemory(as: UInt8.self, repeating: 1)
        func all(_ begin: (Int) -> Transfer) throws {
            var last: Transfer?
            for page in 0..<pages { last = begin(page) }
            if let last { try file.wait(last) }
        }
        try all { file.write($0, from: memory.start) }
        try all { file.read($0, into: memory.start) }
        var (writes, reads): ([Double], [Double]) = ([], [])
        for _ in 0..<rounds {
            writes.append(try seconds { try all { file.write($0, from: memory.start) } })
            reads.append(try seconds { try all { file.read($0, into: memory.start) } })
        }
        let gigabytes = Double(pages * pageBytes) * 1e-9
        return TiersRow(
            page: kibibytes, isDirect: file.isDirect, write: gigabytes / writes.median, read: gigabytes / reads.median)
    }
}

/// One size of pages; speeds in GB a second.
private struct TiersRow: Encodable {
    var page: Int
    var isDirect: Bool
    var write: Double
    var read: Double
}

/// Collects and prints the rows.
private struct TiersTable: Encodable {
    let benchmark = "tiers"
    let machine = Report.Machine()
    private(set) var rows: [TiersRow] = []
    private let printer: TablePrinter

    private enum CodingKeys: CodingKey { case benchmark, machine, rows }

    init(style: TableStyle) {
        printer = TablePrinter(style: style, columns: ["KiB a page", "outside the cache", "write GB/s", "read GB/s"])
        let load =
            (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?.split(separator: " ").first ?? "unknown"
        printer.begin("Pages of a file, with \(machine.processor); load of the machine before: \(load).")
    }

    mutating func add(_ row: TiersRow) {
        rows.append(row)
        printer.row(
            "\(row.page) KiB",
            [
                "\(row.page)", row.isDirect ? "yes" : "no", String(format: "%.2f", row.write),
                String(format: "%.2f", row.read),
            ], hidden: 1)
    }

    func finish() throws { try printer.finish(self) }
}
