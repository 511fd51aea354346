/// Divides layers among stages with two aims that can conflict, even time and even memory (Galvatron-BMW, arXiv
/// 2307.02031).
///
/// The search starts from the division whose largest memory is the least, since that fits if any does. It gives each
/// stage its fastest strategies, takes the slowest stage, and moves its first or its last layer to the neighbour. The
/// new division is followed if its slowest stage is not slower, and if its largest memory is not above that of the
/// division that is even in time. The fastest of all divisions seen is the answer. Two more starts are the division
/// even in time, and the one with the same number of layers everywhere.
///
/// Stages' strategies are chosen by sums of their layers' seconds, which a pipeline is not. What the search finds is
/// therefore improved by ``ExactPipeline``, on all divisions if they are few, and is then the best there is if stages
/// have few sensible assignments.
package struct PipelineSearch {
    /// Which divisions are looked at.
    package enum Divisions: Sendable {
        /// Those that the search comes to.
        case balanced
        /// All of them: what the search is compared with.
        case every
    }

    /// Divisions that are all improved exactly, at most; of more, the fastest one is.
    private static let fewDivisions = 40

    private var search: StageSearch
    private let bounds: StageBounds
    private let improves: Bool
    private var problem: PipelineProblem { search.problem }

    /// - Parameter improves: Whether what is found is improved exactly; else the search is the one of the paper.
    package init(_ problem: PipelineProblem, improves: Bool = true) {
        search = StageSearch(problem)
        bounds = StageBounds(problem)
        self.improves = improves
    }

    /// The fastest solution among the divisions; nil if none fits.
    package mutating func best(_ divisions: Divisions = .balanced) -> PipelineSolution? {
        guard problem.layerCount >= problem.stageCount else { return nil }
        guard let best = divisions == .balanced ? balanced() : bestOfEvery() else { return nil }
        return improves ? improved(best) : best
    }

    private mutating func bestOfEvery() -> PipelineSolution? {
        var best: PipelineSolution?
        for division in Self.divisions(problem.layerCount, stages: problem.stageCount) {
            guard let solution = solution(division), solution.seconds < best?.seconds ?? .infinity else { continue }
            best = solution
        }
        return best
    }

    private func improved(_ solution: PipelineSolution) -> PipelineSolution {
        // With one stage, what was minimised is the time of a step.
        guard problem.stageCount > 1 else { return solution }
        var exact = ExactPipeline(problem)
        var best = solution
        let count = Self.count(problem.layerCount, stages: problem.stageCount, upTo: Self.fewDivisions)
        let own = solution.stages.map(\.layers)
        let divisions =
            count <= Self.fewDivisions ? Self.divisions(problem.layerCount, stages: problem.stageCount) : []
        for division in [own] + divisions.filter({ $0 != own }) {
            if let better = exact.better(than: best, division) { best = better }
        }
        return best
    }

    /// How many divisions there are; more than the limit, if there are more.
    private static func count(_ layers: Int, stages: Int, upTo limit: Int) -> Int {
        var count = 1
        for index in 1..<max(1, stages) {
            count = count * (layers - index) / index
            if count > limit { return count }
        }
        return count
    }

    /// The least bytes of a rank with which any division fits, if all stages have as much; nil if no strategy can be
    /// carried out for some layer.
    package func leastBytes() -> Int? {
        division { stage, layers in bounds.bytes(stage, layers).map { Double($0) } }.map { Int($0.largest) }
    }

    /// No step is shorter: the slowest stage of the division that is even in time, if memory had no end; nil if no
    /// strategy can be carried out for some layer.
    package func leastSeconds() -> Double? { division { bounds.seconds($0, $1) }?.largest }

    /// All ways to divide layers among stages, none of them empty.
    package static func divisions(_ layers: Int, stages: Int) -> [[Range<Int>]] {
        func ways(from first: Int, _ stages: Int) -> [[Range<Int>]] {
            guard stages > 1 else { return first < layers ? [[first..<layers]] : [] }
            return (first + 1..<max(first + 1, layers)).flatMap { end in
                ways(from: end, stages - 1).map { [first..<end] + $0 }
            }
        }
        return ways(from: 0, stages)
    }

    /// The division of which the largest stage is as small as can be; the first such one.
    package func division(
        by size: (_ stage: Int, _ layers: Range<Int>) -> Double?
    ) -> (layers: [Range<Int>], largest: Double)? {
        let (stages, layers) = (problem.stageCount, problem.layerCount)
        // By layers up to an end: the least largest stage, and where the last one begins.
        var least: [(largest: Double, begin: Int)] = (0...layers).map { ($0 == 0 ? 0 : .infinity, 0) }
        var begins: [[Int]] = []
        for stage in 0..<stages {
            var next = Array(repeating: (largest: Double.infinity, begin: 0), count: layers + 1)
            for end in 1...layers {
                for begin in 0..<end where least[begin].largest < .infinity {
                    guard let own = size(stage, begin..<end) else { continue }
                    let largest = max(least[begin].largest, own)
                    if largest < next[end].largest { next[end] = (largest, begin) }
                }
            }
            begins.append(next.map(\.begin))
            least = next
        }
        guard least[layers].largest < .infinity else { return nil }
        var division: [Range<Int>] = []
        var end = layers
        for begin in begins.reversed() {
            division.insert(begin[end]..<end, at: 0)
            end = begin[end]
        }
        return (division, least[layers].largest)
    }

    private var even: [Range<Int>] {
        let (stages, layers) = (problem.stageCount, problem.layerCount)
        return (0..<stages).map { layers * $0 / stages..<layers * ($0 + 1) / stages }
    }

    private mutating func balanced() -> PipelineSolution? {
        guard let byMemory = division(by: { bounds.bytes($0, $1).map { Double($0) } }),
            let byTime = division(by: { bounds.seconds($0, $1) })
        else { return nil }
        let memoryLimit = largestMemory(byTime.layers)
        var queue = [byMemory.layers, byTime.layers, even]
        var seen = Set(queue)
        var best: PipelineSolution?
        while !queue.isEmpty {
            let division = queue.removeFirst()
            guard let solution = solution(division) else { continue }
            if solution.seconds < best?.seconds ?? .infinity { best = solution }
            let slowest = slowestStage(solution)
            for neighbour in Self.neighbours(division, slowest.stage) where seen.insert(neighbour).inserted {
                guard largestMemory(neighbour) <= memoryLimit, let next = self.solution(neighbour),
                    slowestStage(next).seconds <= slowest.seconds
                else { continue }
                queue.append(neighbour)
            }
        }
        return best
    }

    private func largestMemory(_ division: [Range<Int>]) -> Int {
        division.enumerated().map { bounds.bytes($0, $1) ?? .max }.max() ?? .max
    }

    private func slowestStage(_ solution: PipelineSolution) -> (stage: Int, seconds: Double) {
        let seconds = solution.stages.map { $0.timing.forward + $0.timing.backward }
        let slowest = seconds.max() ?? 0
        return (seconds.firstIndex(of: slowest) ?? 0, slowest)
    }

    /// One layer less at a stage, if it has two: its first or its last one.
    private static func neighbours(_ division: [Range<Int>], _ stage: Int) -> [[Range<Int>]] {
        guard division[stage].count > 1 else { return [] }
        var neighbours: [[Range<Int>]] = []
        if stage > 0 {
            var moved = division
            moved[stage - 1] = moved[stage - 1].lowerBound..<moved[stage - 1].upperBound + 1
            moved[stage] = moved[stage].lowerBound + 1..<moved[stage].upperBound
            neighbours.append(moved)
        }
        if stage + 1 < division.count {
            var moved = division
            moved[stage + 1] = moved[stage + 1].lowerBound - 1..<moved[stage + 1].upperBound
            moved[stage] = moved[stage].lowerBound..<moved[stage].upperBound - 1
            neighbours.append(moved)
        }
        return neighbours
    }

    /// The strategies of one division: first every stage's as if it were the slowest one; then, of the others, those
    /// that do better with what suits a stage that is not.
    package mutating func solution(_ division: [Range<Int>]) -> PipelineSolution? {
        var stages: [StagePlan] = []
        for (stage, layers) in division.enumerated() {
            guard let plan = search.best(stage, layers, .slowest) else { return nil }
            stages.append(plan)
        }
        var best = PipelineSolution(stages: stages, microBatches: problem.microBatches)
        guard division.count > 1, problem.microBatches > 1 else { return best }
        for (stage, layers) in division.enumerated() {
            guard let other = search.best(stage, layers, .other), other != best.stages[stage] else { continue }
            var stages = best.stages
            stages[stage] = other
            let solution = PipelineSolution(stages: stages, microBatches: problem.microBatches)
            if solution.seconds < best.seconds { best = solution }
        }
        return best
    }
}
