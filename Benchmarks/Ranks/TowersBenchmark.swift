import ArgumentParser
import Foundation
import HistoryTower
import ParallelPlanning
import RankTowers
import Ranks

/// A tower trained by several ranks, strategy by strategy: what a plan predicts of a step, and what it takes.
struct TowersBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rank-towers",
        abstract: "Steps of a tower that ranks train together; measured against predicted.",
        discussion: """
            Ranks are processes of this machine that Open MPI starts. They are measured first, as colonnade-party profile does it; then \
            the same tower is trained by each strategy in turn, several times over. The ratio is that of the predicted step to the \
            measured one. Every training's loss is compared with that of one rank.
            """)

    @OptionGroup var options: CommonOptions

    @Option(help: "Ranks.")
    var ranks = 2

    @Option(help: "Numbers that stand for an event.")
    var width = 128

    @Option(help: "Blocks.")
    var layers = 4

    @Option(help: "Events of a history; by default as many, up to 256, as leave every step two histories a rank.")
    var events: Int?

    @Option(help: "Heads of attention, which tensor parallelism divides; by default 4, or one a rank.")
    var heads: Int?

    @Option(help: "Steps of each training.")
    var steps = 20

    /// Events that a step trains on, where histories are no longer.
    private static let stepEvents = 1024

    private var historyEvents: Int { events ?? max(2, min(256, Self.stepEvents / (2 * ranks))) }
    private var attentionHeads: Int { heads ?? max(4, ranks) }

    func validate() throws {
        guard ranks > 1, layers > 1, historyEvents > 1, steps > 1 else {
            throw ValidationError("--ranks, --layers, --events and --steps are 2 or more")
        }
        guard attentionHeads > 0, width > 0, width % attentionHeads == 0 else {
            throw ValidationError("--width, \(width), is no multiple of the \(attentionHeads) heads")
        }
    }

    private struct Strategy {
        let name: String
        let layer: LayerStrategy
        var stages = 1
        var microBatches = 1
    }

    /// The deepest pipeline whose stages have equally many layers and ranks.
    private var stages: Int { (1...ranks).last { layers % $0 == 0 && ranks % $0 == 0 } ?? 1 }

    private var strategies: [Strategy] {
        [
            Strategy(name: "data", layer: .init(tensor: 1, data: ranks)),
            Strategy(name: "sharded", layer: .init(tensor: 1, data: ranks, sharded: true)),
            Strategy(name: "tensor", layer: .init(tensor: ranks, data: 1)),
            Strategy(name: "data-recomputing", layer: .init(tensor: 1, data: ranks, recomputes: true)),
            Strategy(
                name: "pipeline", layer: .init(tensor: 1, data: ranks / stages), stages: stages,
                microBatches: 2 * stages),
        ].filter { $0.stages > 1 || $0.name != "pipeline" }
    }

    func run() throws {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let processes = try RankProcesses(.init(count: ranks, program: program, arguments: ["rank"]))
        let towers = RankTowers { try processes.request($0, $1, note: $2) }
        let (events, heads) = (historyEvents, attentionHeads)
        let shape = HistoryShape(width: width, layers: layers, heads: heads, outputs: 16, events: events, dropout: 0)
        let step = max(events, Self.stepEvents)
        let histories = Self.histories(count: steps * step / events, events: events)
        let tower = try HistoryTower(shape, histories.schema, seed: 1)
        let profile = try towers.profile(width: width, heads: heads, events: events)
        let planning = TowerPlanning(tower, histories, profile)
        var alone = tower
        let loss = try alone.pretrain(
            histories, epochs: 1, rate: 0.001, seed: 2, budget: 4 << 30, scratch: nil
        ).losses[0]
        var report = Report("rank-towers", isJSON: options.json)
        for strategy in strategies where strategy.name.hasPrefix(options.only) {
            let (share, part) = (layers / strategy.stages, ranks / strategy.stages)
            let plan = try planning.predict(
                stages: (0..<strategy.stages).map {
                    .init(layers: $0 * share..<($0 + 1) * share, ranks: $0 * part..<($0 + 1) * part)
                }, layers: Array(repeating: strategy.layer, count: layers), microBatches: strategy.microBatches)
            var seconds: [Double] = []
            var furthest = 0.0
            for _ in 0..<options.rounds {
                let lesson = try towers.pretrain(
                    tower, plan, histories, epochs: 1, rate: 0.001, seed: 2, budget: 4 << 30)
                let difference = abs(lesson.losses[0] - loss)
                guard difference < 1e-5 * loss else { throw OtherLoss(name: strategy.name) }
                furthest = max(furthest, difference)
                seconds.append(lesson.secondsAStep)
            }
            let median = seconds.sorted()[seconds.count / 2]
            report.add(
                Row(
                    name: strategy.name, bits: 32, cores: ranks, path: "float", ours: median,
                    reference: plan.secondsAStep,
                    unit: "seconds a step", against: "the plan", ratio: plan.secondsAStep / median))
            let stages = strategy.stages > 1 ? "\(strategy.stages) stages, " : ""
            report.note("\(stages)\(steps) steps: loss \(loss) at one rank, \(furthest) from it at most")
        }
        try report.finish()
    }

    /// Histories as long as a window, of kinds in turn with some noise.
    private static func histories(count: Int, events: Int) -> EventHistories {
        let schema = EventSchema(fields: [EventField(name: "kind", codes: 65, isNumber: false)], timeUnit: 60)
        var histories = EventHistories(schema: schema, starts: [0], gaps: [], codes: [[]], numbers: [])
        var state: UInt32 = 1
        for _ in 0..<count {
            for event in 0...events {
                state = state &* 1_664_525 &+ 1_013_904_223
                histories.codes[0].append(1 + Int32((event * 7 + Int(state >> 29)) % 64))
                histories.gaps.append(event == 0 ? 0 : Float(state >> 20))
            }
            histories.starts.append(histories.gaps.count)
        }
        return histories
    }

    /// Ranks learned something else than one of them does.
    private struct OtherLoss: Error, CustomStringConvertible {
        let name: String
        var description: String { "\(name): ranks have another loss than one rank" }
    }
}
