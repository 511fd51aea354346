internal import FoundationEssentials
internal import HistoryTower
internal import ParallelPlanning
internal import Specification

/// What ranks need in order to pre-train a tower together, as it goes to each of them: all ranks have one architecture, so that numbers
/// are sent as they lie in memory.
struct TowerOrder {
    private static let kind = "colonnade/rank-tower/v1"

    /// What there are few numbers of.
    struct Terms: Codable {
        var tower: HistoryTower
        var plan: ParallelPlan
        var epochs: Int
        var rate: Double
        var seed: UInt64
        var budget: Int
        var events: Int?
    }

    var terms: Terms
    var histories: EventHistories

    var bytes: [UInt8] {
        get throws {
            var writer = CanonicalWriter()
            writer.text(Self.kind)
            writer.blob(try [UInt8](JSONEncoder().encode(terms)))
            writer.numbers(histories.starts.map(Int64.init))
            writer.numbers(histories.gaps)
            for codes in histories.codes { writer.numbers(codes) }
            for numbers in histories.numbers { writer.numbers(numbers) }
            return writer.bytes
        }
    }

    init(_ terms: Terms, _ histories: EventHistories) { (self.terms, self.histories) = (terms, histories) }

    /// - Throws: ``RankTowerError/malformed(_:)`` for what ``bytes`` does not give.
    init(bytes: [UInt8]) throws {
        var reader = CanonicalReader(bytes)
        guard try reader.text() == Self.kind else { throw RankTowerError.malformed("another kind of order") }
        terms = try JSONDecoder().decode(Terms.self, from: Data(reader.blob()))
        let schema = terms.tower.schema
        let starts = try reader.numbers(Int64.self).map { Int($0) }
        let gaps = try reader.numbers(Float.self)
        let codes = try schema.fields.map { _ in try reader.numbers(Int32.self) }
        let numbers = try (0..<schema.numbers).map { _ in try reader.numbers(Float.self) }
        try reader.end()
        guard starts.first == 0, starts.last == gaps.count, zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 }),
            codes.allSatisfy({ $0.count == gaps.count }), numbers.allSatisfy({ $0.count == gaps.count }),
            zip(schema.fields, codes).allSatisfy({ field, codes in
                codes.allSatisfy { (0..<Int32(field.codes)).contains($0) }
            }), terms.epochs > 0, terms.rate > 0
        else { throw RankTowerError.malformed("events that are not of the tower's schema") }
        histories = EventHistories(schema: schema, starts: starts, gaps: gaps, codes: codes, numbers: numbers)
    }
}

/// What rank 0 answers when a tower has learned.
struct TowerAnswer: Codable {
    var tower: HistoryTower
    var losses: [Double]
    var steps: Int
    var measured: [RankLesson.Rank]
}

/// What rank 0 notes after a step.
struct TowerNote: Codable {
    var done: Int
    var of: Int
    var loss: Double
}

extension CanonicalWriter {
    /// Numbers as they lie in memory, after how many there are.
    fileprivate mutating func numbers<Number: BitwiseCopyable>(_ numbers: [Number]) {
        count(numbers.count)
        raw(numbers.withUnsafeBytes { Array($0) })
    }
}

extension CanonicalReader {
    fileprivate mutating func numbers<Number: BitwiseCopyable & Numeric>(_: Number.Type) throws -> [Number] {
        let count = try count()
        let bytes = try raw(count * MemoryLayout<Number>.stride)
        return [Number](unsafeUninitializedCapacity: count) { numbers, initialized in
            UnsafeMutableRawBufferPointer(numbers).copyBytes(from: bytes)
            initialized = count
        }
    }
}

/// Why ranks cannot train or be measured.
public enum RankTowerError: Error, Hashable, CustomStringConvertible {
    /// An order or an answer that is none.
    case malformed(String)

    public var description: String {
        switch self {
        case .malformed(let problem):
            "what ranks were sent is not what they know (\(problem)); all of them have to run one version of this program"
        }
    }
}
