import ArgumentParser
import Foundation
import ProductQuantisation
import RetrievalQuality

/// Which keys of a long history product quantisation finds, and how fast.
struct RetrievalBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retrieval",
        abstract: "Keys found by product quantisation: attention, speed against faiss, planted needles.",
        discussion: """
            Keys are those of a real transformer: Tests/RetrievalQualityTests/make_keys.py writes them to a file.
            """,
        subcommands: [RetrievalAnchors.self, RetrievalAgainstFaiss.self, RetrievalNeedles.self])
}

/// What is quantised, and how.
struct QuantisationOptions: ParsableArguments {
    @Argument(help: "A file of keys.")
    var keys: String

    @Option(help: "Sub-spaces; several times for several numbers.")
    var subspaces = [2, 4]

    @Option(help: "Bits of a code.")
    var bits = 6

    @Option(help: "Lloyd's iterations, the most.")
    var iterations = 10

    @Option(help: "Only so many heads of the file, at even distances; all without it.")
    var heads: Int?

    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    @Flag(help: "Print the table of the library's README.")
    var markdown = false

    func validate() throws {
        guard iterations > 0 && heads ?? 1 > 0 else { throw ValidationError("--iterations and --heads are 1 or more") }
        guard !json || !markdown else { throw ValidationError("--json and --markdown exclude each other") }
    }

    var style: TableStyle { json ? .json : markdown ? .markdown : .text }

    func read() throws -> QuantisedHeads {
        let file = try MeasuredHeads(reading: keys)
        let shapes = subspaces.map { QuantisedShape(dimension: file.dimension, subspaces: $0, bits: bits) }
        for problem in shapes.flatMap(\.problems) { throw ValidationError(problem) }
        let taken = min(heads ?? file.heads.count, file.heads.count)
        return QuantisedHeads(
            places: (0..<taken).map { $0 * file.heads.count / taken }, count: file.count, shapes: shapes, file: file)
    }
}

/// The heads of a file that are measured.
struct QuantisedHeads {
    /// In the file.
    let places: [Int]
    /// Keys of each.
    let count: Int
    /// One for each number of sub-spaces.
    let shapes: [QuantisedShape]
    fileprivate let file: MeasuredHeads

    var all: [MeasuredHeads.Head] { places.map { file.heads[$0] } }
}

extension Codebook {
    /// Codes of rows that lie one after the other.
    func codes(of rows: [Float]) -> [UInt8] {
        let count = rows.count / shape.dimension
        return [UInt8](unsafeUninitializedCapacity: CodeBlocks.byteCount(keys: count, shape)) { codes, filled in
            encode(rows, count: count, stride: shape.dimension, into: codes.baseAddress!, at: 0)
            filled = codes.count
        }
    }

    /// Learned from rows that lie one after the other, but for the first ones.
    init(
        learning rows: [Float], from first: Int, _ shape: QuantisedShape, iterations: Int, seed: UInt64 = 1,
        for metric: SearchMetric = .innerProduct
    ) {
        self = rows.withUnsafeBufferPointer {
            Codebook(
                learning: $0.baseAddress! + first * shape.dimension, count: rows.count / shape.dimension - first,
                stride: shape.dimension, shape, start: .sampled(seed: seed), iterations: iterations, for: metric)
        }
    }
}

extension [Double] {
    var mean: Double { reduce(0, +) / Double(count) }
}
