import ArgumentParser
import Foundation
import ProductQuantisation
import RetrievalQuality

/// Whether single keys that matter are found wherever they lie.
struct RetrievalNeedles: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "needles",
        abstract: "Keys planted at every depth of a history: which are attended to.",
        discussion: """
            A needle is a key in the direction of a real query, 1.5 times as long as the median key. It is found if its query attends \
            to it. Needles lie one after the other; depths are 0 to 100 % in steps of 10. Code books are learned with the needles \
            among the keys, or before they came. The file's keys are repeated where a history is longer.
            """)

    @OptionGroup var options: QuantisationOptions

    @Option(help: "Keys of a history; several times for several lengths.")
    var events = [1024, 4096, 16384, 65536]

    @Option(help: "Shares of the keys; several times for several.")
    var share = [0.2, 0.1, 0.05, 0.02]

    @Option(help: "Needles, the most.")
    var needles = 8

    @Flag(help: "Learn with all keys counting alike.")
    var even = false

    func validate() throws {
        guard
            events.allSatisfy({ $0 >= 512 }) && share.allSatisfy({ (0...1).contains($0) }) && (1...64).contains(needles)
        else { throw ValidationError("--events is 512 or more, --share 0 to 1, --needles 1 to 64") }
    }

    func run() throws {
        let heads = try options.read()
        var table = NeedleTable(style: options.style)
        table.begin(
            "\(heads.places.count) heads, \(options.bits) bits, at most \(options.iterations) iterations, 1 to \(needles) needles "
                + "at \(Self.depths.count) depths: found of all, and the depths in percent that miss some.")
        for shape in heads.shapes {
            for count in events {
                var tally: [NeedleCell: NeedleCount] = [:]
                for head in heads.all { plant(head, count, shape, &tally) }
                for share in share { table.add(NeedleRow(shape.subspaces, count, share, tally)) }
            }
        }
        try table.finish()
    }

    fileprivate static let depths = Array(stride(from: 0, through: 100, by: 10))

    private func plant(
        _ head: MeasuredHeads.Head, _ count: Int, _ shape: QuantisedShape, _ tally: inout [NeedleCell: NeedleCount]
    ) {
        let dimension = shape.dimension
        let repeated = (0..<count * dimension).map { head.keys[$0 % head.keys.count] }
        let frozen = learned(repeated, shape)
        for number in 1...needles {
            for depth in Self.depths {
                let start = (count - number) * depth / 100
                var keys = repeated
                for n in 0..<number {
                    let key = (start + n) * dimension
                    keys.replaceSubrange(key..<key + dimension, with: head.needle(n, dimension))
                }
                let fresh = learned(keys, shape)
                let codes = (fresh: fresh.codes(of: keys), frozen: frozen.codes(of: keys))
                for n in 0..<number {
                    let scores: [(NeedleScores, [Float])] = [
                        (.exact, head.exactScores(n, keys, shape)), (.fresh, head.scores(n, fresh, codes.fresh, count)),
                        (.frozen, head.scores(n, frozen, codes.frozen, count)),
                    ]
                    for (by, scores) in scores {
                        for share in share {
                            let isFound = AttentionBudget(share: share, of: count).attends(start + n, scores)
                            tally[NeedleCell(share: share, depth: depth, scores: by), default: NeedleCount()].add(
                                isFound)
                        }
                    }
                }
            }
        }
    }

    private func learned(_ keys: [Float], _ shape: QuantisedShape) -> Codebook {
        Codebook(
            learning: keys, from: AttentionBudget.sink, shape, iterations: options.iterations,
            for: even ? .euclidean : .innerProduct)
    }
}

/// What finds needles.
private enum NeedleScores {
    case exact
    /// Of code books that were learned with the needles among the keys.
    case fresh
    /// Of code books that were learned before they came.
    case frozen
}

private struct NeedleCell: Hashable {
    let share: Double
    let depth: Int
    let scores: NeedleScores
}

private struct NeedleCount: Encodable {
    private(set) var found = 0
    private(set) var all = 0
    /// Depths in percent at which some are not found.
    private(set) var missing: [Int] = []

    mutating func add(_ isFound: Bool) { (found, all) = (found + (isFound ? 1 : 0), all + 1) }

    mutating func add(_ other: NeedleCount, depth: Int) {
        (found, all) = (found + other.found, all + other.all)
        if other.found < other.all { missing.append(depth) }
    }

    var text: String {
        "\(found) of \(all)" + (missing.isEmpty ? "" : " (\(missing.map(String.init).joined(separator: ", ")))")
    }
}

private struct NeedleRow: Encodable {
    let subspaces: Int
    let keys: Int
    let budget: Double
    private(set) var exact = NeedleCount()
    private(set) var fresh = NeedleCount()
    private(set) var frozen = NeedleCount()

    init(_ subspaces: Int, _ keys: Int, _ budget: Double, _ tally: [NeedleCell: NeedleCount]) {
        (self.subspaces, self.keys, self.budget) = (subspaces, keys, budget)
        for depth in RetrievalNeedles.depths {
            func count(_ scores: NeedleScores) -> NeedleCount {
                tally[NeedleCell(share: budget, depth: depth, scores: scores)]!
            }
            exact.add(count(.exact), depth: depth)
            fresh.add(count(.fresh), depth: depth)
            frozen.add(count(.frozen), depth: depth)
        }
    }
}

/// Collects and prints the rows.
private struct NeedleTable: Encodable {
    let benchmark = "retrieval-needles"
    private(set) var rows: [NeedleRow] = []
    private let printer: TablePrinter

    private enum CodingKeys: CodingKey { case benchmark, rows }

    init(style: TableStyle) {
        printer = TablePrinter(
            style: style, columns: ["m", "keys", "budget", "exact", "learned with them", "learned before"])
    }

    func begin(_ title: String) { printer.begin(title) }

    mutating func add(_ row: NeedleRow) {
        rows.append(row)
        printer.row(
            "m \(row.subspaces), \(row.keys) keys, budget \(row.budget)",
            ["\(row.subspaces)", "\(row.keys)", "\(row.budget)", row.exact.text, row.fresh.text, row.frozen.text],
            hidden: 3)
    }

    func finish() throws { try printer.finish(self) }
}

extension MeasuredHeads.Head {
    /// In the direction of query n, 1.5 times as long as the median key.
    fileprivate func needle(_ n: Int, _ dimension: Int) -> [Float] {
        let query = self.query(n, dimension)
        let length = query.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return query.map { $0 * 1.5 * medianLength(dimension) / length }
    }

    /// Seven apart, so that they are of different windows of the text.
    private func query(_ n: Int, _ dimension: Int) -> ArraySlice<Float> {
        let place = n * 7 % (queries.count / dimension)
        return queries[place * dimension..<(place + 1) * dimension]
    }

    private func medianLength(_ dimension: Int) -> Float {
        // Every 16th key is enough.
        let lengths = stride(from: 0, to: keys.count, by: 16 * dimension).map { start in
            keys[start..<start + dimension].reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
        return lengths.sorted()[lengths.count / 2]
    }

    fileprivate func exactScores(_ n: Int, _ keys: [Float], _ shape: QuantisedShape) -> [Float] {
        let count = keys.count / shape.dimension
        return [Float](unsafeUninitializedCapacity: count) { scores, filled in
            Search.exactScores(
                Array(query(n, shape.dimension)), .innerProduct, rows: keys, count: count, stride: shape.dimension,
                shape,
                into: scores.baseAddress!)
            filled = count
        }
    }

    fileprivate func scores(_ n: Int, _ codebook: Codebook, _ codes: [UInt8], _ count: Int) -> [Float] {
        var table = [Float](repeating: 0, count: codebook.shape.tableCount)
        codebook.innerProducts(Array(query(n, codebook.shape.dimension)), into: &table)
        return [Float](unsafeUninitializedCapacity: count) { scores, filled in
            scanCodes(table, codebook.shape, codes: codes, keys: 0..<count, into: scores.baseAddress!)
            filled = count
        }
    }
}

extension AttentionBudget {
    /// Whether a query attends to a key, given all keys' scores.
    fileprivate func attends(_ key: Int, _ scores: [Float]) -> Bool {
        let candidates = candidates(of: scores.count)
        guard candidates.contains(key) else { return true }
        let before = candidates.reduce(0) { count, other in
            count + (scores[other] > scores[key] || scores[other] == scores[key] && other < key ? 1 : 0)
        }
        return before < retrieved
    }
}
