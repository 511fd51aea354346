import ArgumentParser
import Foundation
import ProductQuantisation
import RetrievalQuality

/// How much attention a selection by codes keeps.
struct RetrievalAnchors: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anchors",
        abstract: "Attention on keys that codes find, of that on keys that exact scores find.",
        discussion: """
            32 keys at the beginning, half of the budget at the end, half by scores. "kept" is the share of a query's attention on \
            keys that codes find, of that on keys that exact scores find: means of queries and heads before they are divided, then \
            the mean of all seeds, and the seed with the least. "worst head" is the mean of the seeds in the head where it is least.
            """)

    @OptionGroup var options: QuantisationOptions

    @Option(help: "Shares of the keys; several times for several.")
    var share = [0.2, 0.1, 0.05]

    @Option(help: "Seeds of the vectors that learning begins with: 1 to this number.")
    var seeds = 5

    @Flag(help: "Learn with all keys counting alike.")
    var even = false

    func validate() throws {
        guard share.allSatisfy({ (0...1).contains($0) }) else { throw ValidationError("--share is 0 to 1") }
        guard seeds > 0 else { throw ValidationError("--seeds is 1 or more") }
    }

    func run() throws {
        let heads = try options.read()
        var table = AnchorTable(style: options.style)
        table.begin(
            "\(heads.places.count) heads of \(heads.count) keys, \(options.bits) bits, at most \(options.iterations) iterations, "
                + "seeds 1 to \(seeds).")
        for shape in heads.shapes { for row in rows(heads, shape) { table.add(row) } }
        try table.finish()
    }

    private func rows(_ heads: QuantisedHeads, _ shape: QuantisedShape) -> [AnchorRow] {
        // Share after share, seed after seed, head after head.
        var qualities = share.map { _ in [[SelectionQuality]](repeating: [], count: seeds) }
        let all = heads.all
        for seed in 0..<seeds {
            for head in all {
                let codebook = Codebook(
                    learning: head.keys, from: AttentionBudget.sink, shape, iterations: options.iterations,
                    seed: UInt64(seed + 1), for: even ? .euclidean : .innerProduct)
                let codes = codebook.codes(of: head.keys)
                for (i, share) in share.enumerated() {
                    qualities[i][seed].append(
                        SelectionQuality(
                            queries: head.queries, keys: head.keys, codes: codes, codebook,
                            AttentionBudget(share: share, of: heads.count)))
                }
            }
        }
        return zip(share, qualities).map { AnchorRow(shape.subspaces, $0, $1) }
    }
}

private struct AnchorRow: Encodable {
    let subspaces: Int
    let budget: Double
    /// Of the keys that exact scores find.
    let recall: Double
    let exactMass: Double
    let kept: Double
    let leastSeed: Double
    let worstHead: Double

    /// - Parameter qualities: seed after seed, head after head.
    init(_ subspaces: Int, _ budget: Double, _ qualities: [[SelectionQuality]]) {
        (self.subspaces, self.budget) = (subspaces, budget)
        recall = qualities.map { $0.map(\.recall).mean }.mean
        exactMass = qualities[0].map(\.exactMass).mean
        let seeds = qualities.map { $0.map(\.mass).mean / $0.map(\.exactMass).mean }
        (kept, leastSeed) = (seeds.mean, seeds.min()!)
        worstHead = qualities[0].indices.map { head in
            qualities.map { $0[head].mass / $0[head].exactMass }.mean
        }.min()!
    }
}

/// Collects and prints the rows.
private struct AnchorTable: Encodable {
    let benchmark = "retrieval-anchors"
    private(set) var rows: [AnchorRow] = []
    private let printer: TablePrinter

    private enum CodingKeys: CodingKey { case benchmark, rows }

    init(style: TableStyle) {
        printer = TablePrinter(
            style: style,
            columns: ["m", "budget", "kept", "least seed", "worst head", "keys found", "attention, exact"])
    }

    func begin(_ title: String) { printer.begin(title) }

    mutating func add(_ row: AnchorRow) {
        rows.append(row)
        let figures = [row.kept, row.leastSeed, row.worstHead, row.recall, row.exactMass]
        printer.row(
            "m \(row.subspaces), budget \(row.budget)",
            ["\(row.subspaces)", "\(row.budget)"] + figures.map { String(format: "%.4f", $0) }, hidden: 2)
    }

    func finish() throws { try printer.finish(self) }
}
