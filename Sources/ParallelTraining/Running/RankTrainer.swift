internal import HistoryTower
internal import Kernels
internal import ParallelPlanning
internal import Ranks
internal import StaticExecution
internal import Tiers

/// One rank's part of a training: its segments in memory of their own, and steps with all other ranks.
final class RankTrainer {
    private let layout: TrainingLayout
    private let tower: HistoryTower
    private let ranks: any Collectives
    private let meter: Meter
    private let stage: StageRunner
    private(set) var steps = 0
    private var seconds = 0.0
    /// What the first step took, which touches memory for the first time.
    private var first = (seconds: 0.0, exchanges: [Meter.Kind: Double]())
    private let memory: RankMemory
    private let work: Arena

    /// The length that a gradient is cut to, as in pre-training at one rank.
    private static let longest = 1.0

    init(
        _ tower: HistoryTower, _ layout: TrainingLayout, _ needs: StepNeeds, budget: Int, ranks: any Collectives
    ) throws {
        let meter = Meter()
        (self.tower, self.layout, self.ranks, self.meter) = (tower, layout, ranks, meter)
        let rank = ranks.rank
        let plan = try RankPlan(layout, tower, needs, at: rank)
        memory = plan.memory
        try Self.agree(on: budget, needed: memory.bytes, ranks)
        work = try Arena(bytes: max(1, memory.workBytes))
        let gathered = memory.gatheredBytes > 0 ? GatheredParameters(count: plan.gathered, shard: plan.incoming) : nil
        let groups = RankGroups(ranks)
        var runners: [SegmentRunner] = []
        for (place, segment) in plan.segments.enumerated() {
            let sums = try groups.group(of: segment.tensorRanks(of: rank)).map { MeteredSum($0, meter) }
            let store = ParameterStore(
                plan.parts[place].graph, segment, at: rank, group: try groups.group(of: segment.dataRanks(of: rank)),
                gathered: segment.strategy.sharded ? gathered : nil, meter: meter)
            store.load(
                plan.parts[place].graph.runs(in: tower.predicting, place: segment.tensorPlace(of: rank)),
                from: tower.learned)
            runners.append(
                try SegmentRunner(
                    segment, plan.parts[place], plan.programs[place], at: rank, flights: plan.flights, work: work,
                    store: store, sums: sums))
        }
        stage = StageRunner(
            layout, runners, width: tower.shape.width, rows: plan.messageRows, ranks: ranks, meter: meter)
    }

    /// All ranks throw if one of them has too small a budget.
    private static func agree(on budget: Int, needed: Int, _ ranks: any Collectives) throws {
        let all = try ranks.gather([Double(budget), Double(needed)])
        for (rank, numbers) in all.enumerated() where numbers[1] > numbers[0] {
            throw ParallelTrainingError.budget(rank: rank, budget: Int(numbers[0]), least: Int(numbers[1]))
        }
    }

    /// One step of all ranks.
    ///
    /// - Returns: the sum of the losses of all of them, and the length of the gradient.
    /// - Throws: ``HistoryTowerError/diverged`` at all ranks, and what exchanges throw.
    func step(
        _ step: DealtStep, _ histories: EventHistories, seed: UInt64, rate: Double
    ) throws -> (loss: Double, length: Double) {
        let clock = ContinuousClock()
        let begin = clock.now
        let own = try stage.run(step, histories, number: steps, seed: seed)
        let squares = stage.runners.reduce(0) { $0 + $1.store.squaredLength }
        var all: [[Double]] = []
        try meter.measure(.agreements, bytes: 16) { all = try ranks.gather([own, squares]) }
        let loss = all.reduce(0) { $0 + $1[0] }
        let length = all.reduce(0) { $0 + $1[1] }.squareRoot()
        guard loss.isFinite, length.isFinite else { throw HistoryTowerError.diverged }
        steps += 1
        let factor = length > Self.longest ? Float(Self.longest / length) : nil
        for runner in stage.runners { runner.store.move(Adam(rate: rate), factor: factor, step: steps) }
        seconds += begin.duration(to: clock.now).inSeconds
        if steps == 1 { first = (seconds, meter.seconds) }
        return (loss, length)
    }

    // MARK: Afterwards

    /// The whole tower's parameters at rank 0; `nil` elsewhere. Called by all ranks.
    ///
    /// One segment after the other at all of them, so that sends that wait do not keep others from what they do together.
    func gatherParameters() throws -> [Float]? {
        let isFirst = ranks.rank == 0
        var learned = isFirst ? tower.learned : []
        for segment in layout.segments {
            let values = try stage.runners.first { $0.segment == segment }?.store.whole()
            for place in 0..<segment.strategy.tensor {
                let owner = segment.rank(tensor: place, data: 0)
                if owner == ranks.rank, !isFirst, let values {
                    try ranks.send(UnsafeRawBufferPointer(values), to: 0, tag: Self.parameterTag)
                } else if isFirst {
                    let part = try receive(segment, from: owner, own: values)
                    for run in part.graph.runs(in: tower.predicting, place: place)
                    where place == 0 || run.local.share != .whole {
                        run.forEach { local, whole, count in
                            for number in 0..<count { learned[whole + number] = part.values[local + number] }
                        }
                    }
                }
            }
        }
        return isFirst ? learned : nil
    }

    /// One rank's parameters of a segment, at rank 0.
    private func receive(
        _ segment: Segment, from owner: Int, own: UnsafeBufferPointer<Float>?
    ) throws -> (graph: StepGraph, values: [Float]) {
        let (shape, schema) = (tower.shape, tower.schema)
        let graph = TowerPart(shape, schema, layers: segment.layers, ranks: segment.strategy.tensor).graph
        if owner == 0, let own { return (graph, Array(own)) }
        var values = Array(repeating: Float(0), count: graph.parameterCount)
        try values.withUnsafeMutableBytes { try ranks.receive(into: $0, from: owner, tag: Self.parameterTag) }
        return (graph, values)
    }

    private static let parameterTag = RankTag.largest

    /// What all ranks took, in order. Called by all of them.
    func measurements() throws -> [TrainingMeasurement] {
        let (before, count) = steps > 1 ? (first, Double(steps - 1)) : ((seconds: 0, exchanges: [:]), 1)
        func share(_ kind: Meter.Kind) -> Double {
            (meter.seconds[kind, default: 0] - before.exchanges[kind, default: 0]) / count
        }
        let own: [Double] = [
            Double(ranks.rank), Double(layout.stage(of: ranks.rank)), Double(memory.stateBytes),
            Double(memory.gatheredBytes), Double(memory.arenaBytes), Double(memory.workBytes),
            Double(memory.messageBytes),
            (seconds - before.seconds) / count, share(.tensorSums), share(.shards), share(.gradients),
            share(.crossings), share(.agreements), Double(meter.bytes.values.reduce(0, +)),
        ]
        return try ranks.gather(own).map { TrainingMeasurement(numbers: $0) }
    }
}
