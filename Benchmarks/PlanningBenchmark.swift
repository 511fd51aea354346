import AddressPlanning
import ArgumentParser
import Foundation

/// How long exact plans of an arena take, on MiniMalloc's own problems.
struct PlanningBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "planning",
        abstract: "Exact plans of memory within MiniMalloc's capacities; against MiniMalloc.",
        discussion: """
            Reads NAME.CAPACITY.csv: a buffer a line, and the capacity in the name. `greedy` is the best peak of all greedy \
            orders, as a multiple of the capacity. Seconds are the median of the rounds, for all from the list of buffers to \
            the plan. The reference's are of its own program's run as a whole, in turns with ours, where --minimalloc says \
            where that is (github.com/google/minimalloc, built with CMAKE_BUILD_TYPE=Release).
            """)

    @Option(help: "The folder of the problems.")
    var data = "../shared/data/minimalloc"

    @Option(help: "The program of the reference; without it there is no such column.")
    var minimalloc: String?

    @Option(help: "Rounds of every measurement.")
    var rounds = 3

    @Option(help: "States that the search visits at most.")
    var steps = 10_000_000

    @Option(help: "Only problems whose name begins so.")
    var only = ""

    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    @Flag(help: "Print the table of the library's README.")
    var markdown = false

    func validate() throws {
        guard rounds > 0, steps >= 0 else { throw ValidationError("--rounds is 1 or more, --steps 0 or more") }
        guard !json || !markdown else { throw ValidationError("--json and --markdown exclude each other") }
        guard FileManager.default.fileExists(atPath: data) else {
            throw ValidationError("there is no folder \(data): name that of the problems by --data")
        }
        if let minimalloc, !FileManager.default.isExecutableFile(atPath: minimalloc) {
            throw ValidationError("there is no program \(minimalloc)")
        }
    }

    func run() throws {
        var table = PlanningTable(style: json ? .json : markdown ? .markdown : .text)
        for file in try FileManager.default.contentsOfDirectory(atPath: data).sorted() where file.hasPrefix(only) {
            let parts = file.split(separator: ".")
            guard parts.count == 3, parts[2] == "csv", let capacity = Int(parts[1]) else { continue }
            // The reference knows of no alignment.
            let problem = try BufferTable.read("\(data)/\(file)", alignment: 1, capacity: capacity)
            // The example of the format is too small to be timed.
            guard problem.buffers.count > 10 else { continue }
            table.add(try measure(problem, capacity, "\(data)/\(file)", String(parts[0])))
        }
        try table.finish()
    }

    private func measure(
        _ problem: AllocationProblem, _ capacity: Int, _ path: String, _ name: String
    ) throws -> PlanningRow {
        let planner = AddressPlanner(limits: .init(steps: steps))
        var plan: AllocationPlan?
        let times = try compare(
            rounds: rounds, { plan = try? planner.plan(problem) },
            { if let minimalloc { try runReference(minimalloc, path, capacity) } })
        try plan?.check(against: problem)
        let greedy = try AddressPlanner(limits: .init(steps: 0)).plan(problem.with(capacity: nil)).certificate
        return PlanningRow(
            name: name, buffers: problem.buffers.count, capacity: capacity, lowerBound: greedy.lowerBound,
            greedyPeak: greedy.peak, peak: plan?.certificate.peak, steps: plan?.steps, ours: times.ours,
            reference: minimalloc == nil ? nil : times.reference, ratio: minimalloc == nil ? nil : times.ratio)
    }

    private func runReference(_ program: String, _ path: String, _ capacity: Int) throws {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = ["--capacity=\(capacity)", "--input=\(path)", "--output=/dev/null"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ValidationError("\(program) ends with status \(process.terminationStatus) on \(path)")
        }
    }
}

/// One problem.
private struct PlanningRow: Encodable {
    var name: String
    var buffers: Int
    var capacity: Int
    var lowerBound: Int
    var greedyPeak: Int
    /// `nil` where no plan within the capacity was found.
    var peak: Int?
    var steps: Int?
    /// Seconds.
    var ours: Double
    var reference: Double?
    /// How many times faster ours is.
    var ratio: Double?

    var cells: [String] {
        func share(_ bytes: Int?) -> String {
            bytes.map { String(format: "%.3f", Double($0) / Double(capacity)) } ?? "none found"
        }
        return [
            name, "\(buffers)", share(lowerBound), share(greedyPeak), share(peak), steps.map { "\($0)" } ?? "",
            String(format: "%.3f", ours), reference.map { String(format: "%.2f", $0) } ?? "",
            ratio.map { String(format: "%.0f", $0) } ?? "",
        ]
    }
}

/// Collects and prints the rows.
private struct PlanningTable: Encodable {
    let benchmark = "planning"
    let machine = Report.Machine()
    private(set) var rows: [PlanningRow] = []
    private let printer: TablePrinter

    private enum CodingKeys: CodingKey { case benchmark, machine, rows }

    init(style: TableStyle) {
        printer = TablePrinter(
            style: style,
            columns: [
                "problem", "buffers", "max live / capacity", "greedy / capacity", "peak / capacity", "steps", "seconds",
                "MiniMalloc", "ratio",
            ])
        let load =
            (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?.split(separator: " ").first ?? "unknown"
        printer.begin("Exact plans, on one core of \(machine.processor); load of the machine before: \(load).")
    }

    mutating func add(_ row: PlanningRow) {
        rows.append(row)
        printer.row(row.name, row.cells, hidden: 1)
    }

    func finish() throws { try printer.finish(self) }
}
