import Foundation
import HistoryTower
import ParallelPlanning
import ParallelTraining
import Ranks

/// Numbers without a pattern, the same in every run.
struct Chance: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Histories of a chain: an event's kind follows from the kind before, with some surprise; its size is a number.
struct Chain {
    static let kinds = 6
    /// How often the kind is not the one that follows.
    static let surprise = 0.2

    static let schema = EventSchema(
        fields: [
            EventField(name: "kind", codes: kinds + 1, isNumber: false),
            EventField(name: "size", codes: 5, isNumber: true, isPredicted: false),
        ], timeUnit: 60)

    static func histories(_ lengths: [Int], seed: UInt64) -> EventHistories {
        var random = Chance(seed)
        var histories = EventHistories(schema: schema, starts: [0], gaps: [], codes: [[], []], numbers: [[]])
        for length in lengths {
            var kind = Int.random(in: 0..<kinds, using: &random)
            for event in 0..<length {
                kind =
                    Double.random(in: 0..<1, using: &random) < surprise
                    ? Int.random(in: 0..<kinds, using: &random) : (kind + 2) % kinds
                let size = Float.random(in: -1.5...1.5, using: &random)
                histories.codes[0].append(Int32(kind + 1))
                histories.codes[1].append(1 + Int32((size + 1.5) / 0.76))
                histories.numbers[0].append(size)
                histories.gaps.append(event == 0 ? 0 : Float.random(in: 0...600, using: &random))
            }
            histories.starts.append(histories.gaps.count)
        }
        return histories
    }

    /// Nats of surprise in a kind, given the one before.
    static var entropy: Double {
        let other = surprise / Double(kinds)
        let likely = 1 - surprise + other
        return -likely * log(likely) - Double(kinds - 1) * other * log(other)
    }
}

extension LayerStrategy {
    /// Such as `t2d4srn`: degrees, then sharded, recomputing, not consecutive.
    init(_ text: String) {
        let numbers = text.split { !$0.isNumber }.compactMap { Int($0) }
        self.init(
            tensor: numbers[0], data: numbers[1], sharded: text.contains("s"), recomputes: text.contains("r"),
            consecutive: !text.contains("n"))
    }
}

extension ParallelPlan {
    /// Stages of ranks x layers' strategies, such as `["t1d2 t2d1", "t2d1"]`.
    init(_ stages: [String], microBatches: Int = 1, batch: Int = 8) {
        let strategies = stages.map { $0.split(separator: " ").map { LayerStrategy(String($0)) } }
        var (layer, rank) = (0, 0)
        var cut: [Stage] = []
        for stage in strategies {
            let ranks = stage[0].tensor * stage[0].data
            cut.append(Stage(layers: layer..<layer + stage.count, ranks: rank..<rank + ranks))
            (layer, rank) = (layer + stage.count, rank + ranks)
        }
        self.init(
            stages: cut, layers: strategies.flatMap(\.self), batch: batch, microBatches: microBatches, secondsAStep: 0,
            bytes: Array(repeating: 0, count: rank))
    }

    var ranks: Int { stages.last?.ranks.upperBound ?? 0 }
}

/// What all tests teach.
enum Lesson {
    static let shape = HistoryShape(width: 16, layers: 4, heads: 4, outputs: 8, events: 32, dropout: 0.1)
    static let histories = Chain.histories((0..<24).map { [50, 3, 18, 33, 1, 47][$0 % 6] }, seed: 7)
    static let (epochs, rate, seed) = (52, 0.01, UInt64(4))

    static func tower() throws -> HistoryTower { try HistoryTower(shape, Chain.schema, seed: 3) }

    /// By rank, each step's loss and what came of all.
    static func train(
        _ plan: ParallelPlan, epochs: Int = Lesson.epochs,
        over carrier: @escaping @Sendable (any Collectives) -> any Collectives = { $0 }
    ) throws -> [(losses: [Double], outcome: ParallelPretraining.Outcome)] {
        let tower = try tower()
        return try ThreadRanks.run(plan.ranks) { ranks in
            var losses: [Double] = []
            let outcome = try ParallelPretraining(tower, plan, ranks: carrier(ranks)).run(
                histories, epochs: epochs, rate: rate, seed: seed, budget: 64 << 20,
                events: ParallelPretraining.pretrainingEvents(shape)
            ) { _, _, loss in losses.append(loss) }
            return (losses, outcome)
        }
    }
}

/// Ranks whose sends return only when they have been received.
final class WaitingSends: Collectives {
    private let ranks: any Collectives

    init(_ ranks: any Collectives) { self.ranks = ranks }

    var rank: Int { ranks.rank }
    var count: Int { ranks.count }

    func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) throws(RankError) {
        try ranks.send(bytes, to: rank, tag: tag)
        var word = UInt8(0)
        try withUnsafeMutablePointer(to: &word) { (word) throws(RankError) in
            try ranks.receive(
                into: UnsafeMutableRawBufferPointer(start: word, count: 1), from: rank, tag: RankTag.largest - 1)
        }
    }

    func receive(into bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int) throws(RankError) {
        try ranks.receive(into: bytes, from: rank, tag: tag)
        var word = UInt8(1)
        try withUnsafeMutablePointer(to: &word) { (word) throws(RankError) in
            try ranks.send(UnsafeRawBufferPointer(start: word, count: 1), to: rank, tag: RankTag.largest - 1)
        }
    }

    func allReduce(_ values: UnsafeMutableBufferPointer<Float>) throws(RankError) { try ranks.allReduce(values) }
    func reduceScatter(
        _ values: UnsafeBufferPointer<Float>, into part: UnsafeMutableBufferPointer<Float>
    ) throws(RankError) { try ranks.reduceScatter(values, into: part) }
    func allGather(
        _ part: UnsafeBufferPointer<Float>, into values: UnsafeMutableBufferPointer<Float>
    ) throws(RankError) { try ranks.allGather(part, into: values) }
    func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws(RankError) {
        try ranks.broadcast(bytes, from: root)
    }
    func barrier() throws(RankError) { try ranks.barrier() }
    func group(of ranks: [Int]) throws(RankError) -> any Collectives { WaitingSends(try self.ranks.group(of: ranks)) }
}
