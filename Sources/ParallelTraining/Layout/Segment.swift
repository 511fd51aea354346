internal import ParallelPlanning

/// Neighbouring layers of one stage with one strategy, or one layer whose parameters are sharded: what one graph of a rank computes.
///
/// The first segment has the events' embeddings, too, the last one the heads and losses. Its ranks are a grid: those of one row
/// share its layers (tensor parallelism), those of one column have different histories (data parallelism).
struct Segment: Hashable, Sendable {
    let stage: Int
    let layers: Range<Int>
    let ranks: Range<Int>
    let strategy: LayerStrategy

    /// Where a rank stands among those that share the layers.
    func tensorPlace(of rank: Int) -> Int {
        let place = rank - ranks.lowerBound
        return strategy.consecutive ? place % strategy.tensor : place / strategy.data
    }

    /// Which part of the histories a rank has.
    func dataPlace(of rank: Int) -> Int {
        let place = rank - ranks.lowerBound
        return strategy.consecutive ? place / strategy.tensor : place % strategy.data
    }

    func rank(tensor: Int, data: Int) -> Int {
        ranks.lowerBound
            + (strategy.consecutive ? data * strategy.tensor + tensor : tensor * strategy.data + data)
    }

    /// Whether every rank has the same histories in another segment.
    func isDealt(as other: Segment) -> Bool {
        ranks == other.ranks && strategy.data == other.strategy.data
            && ranks.allSatisfy { dataPlace(of: $0) == other.dataPlace(of: $0) }
    }

    /// The ranks that share layers with one, in order.
    func tensorRanks(of rank: Int) -> [Int] {
        (0..<strategy.tensor).map { self.rank(tensor: $0, data: dataPlace(of: rank)) }
    }

    /// The ranks that have the same parameters as one, in order.
    func dataRanks(of rank: Int) -> [Int] {
        (0..<strategy.data).map { self.rank(tensor: tensorPlace(of: rank), data: $0) }
    }
}

/// A plan cut into segments.
struct TrainingLayout: Sendable {
    let plan: ParallelPlan
    /// In the order of the layers.
    let segments: [Segment]

    /// - Throws: ``ParallelTrainingError/plan(problems:)``.
    init(_ plan: ParallelPlan, layers: Int, heads: Int, ranks: Int) throws(ParallelTrainingError) {
        let problems = Self.problems(plan, layers: layers, heads: heads, ranks: ranks)
        guard problems.isEmpty else { throw .plan(problems: problems) }
        var segments: [Segment] = []
        for (number, stage) in plan.stages.enumerated() {
            var first = stage.layers.lowerBound
            while first < stage.layers.upperBound {
                let strategy = plan.layers[first]
                let run =
                    plan.layers[first..<stage.layers.upperBound].firstIndex { $0 != strategy }
                    ?? stage.layers.upperBound
                // A shard's whole is only there while its segment is computed, so the less the better.
                let end = strategy.sharded ? first + 1 : run
                segments.append(
                    Segment(stage: number, layers: first..<end, ranks: stage.ranks, strategy: strategy))
                first = end
            }
        }
        (self.plan, self.segments) = (plan, segments)
    }

    /// The places of a stage's segments.
    func segments(of stage: Int) -> Range<Int> {
        let places = segments.indices.filter { segments[$0].stage == stage }
        guard let first = places.first, let last = places.last else { preconditionFailure("a stage has layers") }
        return first..<last + 1
    }

    /// The stage of a rank.
    func stage(of rank: Int) -> Int {
        guard let stage = plan.stages.firstIndex(where: { $0.ranks.contains(rank) }) else {
            preconditionFailure("every rank has a stage")
        }
        return stage
    }

    private static func problems(_ plan: ParallelPlan, layers: Int, heads: Int, ranks: Int) -> [String] {
        var problems: [String] = []
        if plan.layers.count != layers {
            problems.append("it has strategies for \(plan.layers.count) layers, and the tower has \(layers)")
        }
        if !isCut(plan.stages.map(\.layers), of: layers) {
            problems.append("its stages do not have every layer of 0..<\(layers) once, in order")
        }
        if !isCut(plan.stages.map(\.ranks), of: ranks) {
            problems.append("its stages do not have every rank of 0..<\(ranks) once, in order")
        }
        if plan.microBatches < 1 || plan.batch < 1 {
            problems.append("a step has a sequence and a micro-batch at least")
        }
        guard problems.isEmpty else { return problems }
        for stage in plan.stages {
            for layer in stage.layers {
                let strategy = plan.layers[layer]
                if strategy.tensor < 1 || strategy.data < 1 || strategy.tensor * strategy.data != stage.ranks.count {
                    problems.append(
                        "layer \(layer) is spread over \(strategy.tensor) x \(strategy.data) ranks, and its stage has "
                            + "\(stage.ranks.count)")
                } else if heads % strategy.tensor != 0 {
                    problems.append("\(strategy.tensor) ranks cannot share the \(heads) heads of layer \(layer)")
                }
            }
        }
        return problems
    }

    private static func isCut(_ parts: [Range<Int>], of count: Int) -> Bool {
        var end = 0
        for part in parts {
            guard part.lowerBound == end, !part.isEmpty else { return false }
            end = part.upperBound
        }
        return end == count
    }
}
