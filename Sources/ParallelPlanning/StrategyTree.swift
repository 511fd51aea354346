/// All ways to spread a layer over the ranks of one stage, as decision trees (Galvatron, arXiv 2211.13878).
///
/// Each level of a tree divides the ranks below a node into equal groups by a paradigm that no other level of it has.
/// The order matters: ranks below the last level are neighbours. Pipelines are decided on before, since they divide the
/// ranks into stages.
public enum StrategyTree {
    /// What a level divides.
    public enum Paradigm: Hashable, CaseIterable, Sendable {
        /// The batch; everything else is at each rank.
        case data
        /// The batch, and with it parameters, gradients and the optimiser's state.
        case shardedData
        /// The layer's matrices.
        case tensor
    }

    /// One level of a tree.
    public struct Level: Hashable, Sendable {
        /// What it divides.
        public var paradigm: Paradigm
        /// Into how many parts.
        public var degree: Int
    }

    /// A way from the root down to single ranks.
    public struct Leaf: Hashable, Sendable {
        /// From the root on; empty for one rank.
        public var levels: [Level]
        /// Whether activations are computed again.
        public var recomputes: Bool

        /// The strategy; nil if it divides the batch in two ways, which
        /// ``StrategyTree/leaves(ranks:recomputing:pruned:)`` prunes.
        public var strategy: LayerStrategy? {
            func degree(_ paradigm: Paradigm) -> Int { levels.first { $0.paradigm == paradigm }?.degree ?? 1 }
            let (data, sharded) = (degree(.data), degree(.shardedData))
            guard data == 1 || sharded == 1 else { return nil }
            return LayerStrategy(
                tensor: degree(.tensor), data: data * sharded, sharded: sharded > 1, recomputes: recomputes,
                consecutive: levels.last?.paradigm == .tensor)
        }
    }

    /// The leaves of all trees over the ranks of one stage.
    ///
    /// - Parameters:
    ///   - ranks: Any number. Groups are as large as its divisors, that is powers of two if it is one.
    ///   - recomputing: Each leaf comes without and with recomputation; else without only.
    ///   - pruned: Leaves out what divides the batch both with and without sharding: sharding all is never slower, and
    ///     takes less memory.
    public static func leaves(ranks: Int, recomputing: Bool = false, pruned: Bool = true) -> [Leaf] {
        precondition(ranks > 0, "a stage without ranks")
        return ways(ranks, Paradigm.allCases)
            .filter { levels in
                let paradigms = levels.map(\.paradigm)
                return !(pruned && paradigms.contains(.data) && paradigms.contains(.shardedData))
            }
            .flatMap { levels in
                (recomputing ? [false, true] : [false]).map { Leaf(levels: levels, recomputes: $0) }
            }
    }

    private static func ways(_ ranks: Int, _ paradigms: [Paradigm]) -> [[Level]] {
        guard ranks > 1 else { return [[]] }
        return paradigms.flatMap { paradigm in
            (2...ranks).filter { ranks % $0 == 0 }.flatMap { degree in
                ways(ranks / degree, paradigms.filter { $0 != paradigm }).map {
                    [Level(paradigm: paradigm, degree: degree)] + $0
                }
            }
        }
    }

    /// The strategies of the pruned trees: data parallelism first, then sharded, then tensor parallelism at the root.
    public static func strategies(ranks: Int, recomputing: Bool = true) -> [LayerStrategy] {
        leaves(ranks: ranks, recomputing: recomputing).compactMap(\.strategy)
    }

    /// The numbers of stages that so many ranks can be divided into, from one on.
    public static func pipelines(ranks: Int) -> [Int] { (1...ranks).filter { ranks % $0 == 0 } }
}
