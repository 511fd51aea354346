import ArgumentParser
import Foundation
import ProductQuantisation

/// Learning, coding and search at equal parameters.
struct RetrievalAgainstFaiss: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faiss",
        abstract: "Learning, coding and search on one thread; against faiss.",
        discussion: """
            All keys of a head are learned from and coded, and each query's k keys with the largest inner products are found by codes, \
            best first. Rounds take turns with faiss: times are medians, ratios the medians of the rounds' ratios (below 1 ours is \
            faster). Ours learns once with errors weighed for inner products, as it does for attention, and once with all keys counting \
            alike, as faiss does. --python is one with faiss-cpu and NumPy.
            """)

    @OptionGroup var options: QuantisationOptions

    @Option(help: "The share of the keys that a search finds.")
    var share = 0.1

    @Option(help: "Rounds.")
    var rounds = 5

    @Option(help: "A Python with faiss-cpu and NumPy.")
    var python = "python3"

    @Option(help: "The reference's script.")
    var script = "Benchmarks/Retrieval/faiss_search.py"

    func validate() throws {
        guard (0...1).contains(share) && rounds > 0 else {
            throw ValidationError("--share is 0 to 1, --rounds 1 or more")
        }
    }

    func run() throws {
        let heads = try options.read()
        let k = max(Int(Double(heads.count) * share), 1)
        var table = FaissTable(style: options.style)
        table.begin(
            "\(heads.places.count) heads of \(heads.count) keys, \(options.bits) bits, at most \(options.iterations) iterations, "
                + "k \(k), \(quantisationInstructionSet). Milliseconds a head: ours / faiss (ratio).")
        for shape in heads.shapes {
            var works: [[RetrievalWork]] = [[], [], []]
            for _ in 0..<rounds {
                works[0].append(try faiss(heads, shape, k))
                works[1].append(RetrievalWork(heads, shape, k, iterations: options.iterations, for: .innerProduct))
                works[2].append(RetrievalWork(heads, shape, k, iterations: options.iterations, for: .euclidean))
            }
            let (reference, count) = (works[0], heads.places.count)
            table.add(FaissRow(shape, "inner products", works[1], reference, heads: count))
            table.add(FaissRow(shape, "all alike", works[2], reference, heads: count))
        }
        try table.finish()
    }

    private func faiss(_ heads: QuantisedHeads, _ shape: QuantisedShape, _ k: Int) throws -> RetrievalWork {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            [python, script, options.keys]
            + [shape.subspaces, shape.bits, options.iterations, k].map(String.init) + heads.places.map(String.init)
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ValidationError("\(python) \(script) failed; its messages stand above")
        }
        return try JSONDecoder().decode(RetrievalWork.self, from: data)
    }
}

/// Ours and faiss' at one shape.
private struct FaissRow: Encodable {
    /// Medians of the rounds.
    struct Times: Encodable {
        /// Milliseconds a head.
        let ours: Double
        let faiss: Double
        /// Ours by faiss'.
        let ratio: Double

        init(_ ours: [Double], _ faiss: [Double], heads: Int) {
            let each = 1e3 / Double(heads)
            (self.ours, self.faiss) = (ours.median * each, faiss.median * each)
            ratio = zip(ours, faiss).map { $0 / $1 }.median
        }

        var text: String { String(format: "%.2f / %.2f (%.2f)", ours, faiss, ratio) }
    }

    let subspaces: Int
    let learnedFor: String
    let learning: Times
    let coding: Times
    let search: Times
    let all: Times
    let recall: Double
    let faissRecall: Double
    /// The mean squared error of codes, by faiss'.
    let errorRatio: Double

    init(
        _ shape: QuantisedShape, _ learnedFor: String, _ ours: [RetrievalWork], _ faiss: [RetrievalWork], heads: Int
    ) {
        (subspaces, self.learnedFor) = (shape.subspaces, learnedFor)
        func times(_ part: (RetrievalWork) -> Double) -> Times { Times(ours.map(part), faiss.map(part), heads: heads) }
        (learning, coding, search, all) = (times(\.train), times(\.encode), times(\.search), times(\.whole))
        // The same in every round.
        (recall, faissRecall) = (ours[0].recall, faiss[0].recall)
        errorRatio = ours[0].error / faiss[0].error
    }
}

/// Collects and prints the rows.
private struct FaissTable: Encodable {
    let benchmark = "retrieval-faiss"
    let machine = Report.Machine()
    private(set) var rows: [FaissRow] = []
    private let printer: TablePrinter

    private enum CodingKeys: CodingKey { case benchmark, machine, rows }

    init(style: TableStyle) {
        printer = TablePrinter(
            style: style,
            columns: ["m", "learned for", "learning", "coding", "searches", "all", "keys found", "squared error"])
    }

    func begin(_ title: String) { printer.begin(title) }

    mutating func add(_ row: FaissRow) {
        rows.append(row)
        printer.row(
            "m \(row.subspaces), learned for \(row.learnedFor)",
            [
                "\(row.subspaces)", row.learnedFor, row.learning.text, row.coding.text, row.search.text, row.all.text,
                String(format: "%.4f / %.4f", row.recall, row.faissRecall),
                String(format: "%.4f of faiss'", row.errorRatio),
            ], hidden: 2)
    }

    func finish() throws { try printer.finish(self) }
}
