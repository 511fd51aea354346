package import StaticExecution

/// Which histories each step of pre-training looks at, and how fast it learns: the same at all ranks that share the training, and the
/// same as ``HistoryTower/pretrain(_:epochs:rate:seed:budget:scratch:progress:)`` has for as many events a step.
package struct PretrainingSchedule: Sendable {
    /// By epoch and step, the windows of histories that it looks at: places among the events of all entities.
    package let epochs: [[[Range<Int>]]]

    /// - Parameters:
    ///   - seed: of the order.
    ///   - events: of a step at most; nil: as many as pre-training has by itself.
    /// - Throws: ``HistoryTowerError/nothingToLearn``; ``HistoryTowerError/largeFields(_:)``, whose tables no ranks share.
    package init(
        _ histories: EventHistories, _ shape: HistoryShape, epochs: Int, seed: UInt64, events: Int? = nil
    ) throws(HistoryTowerError) {
        let large = histories.schema.largeFields
        guard large.isEmpty else { throw .largeFields(large.map(\.name)) }
        var random = Pseudorandom(seed: seed)
        self.epochs = (0..<epochs).map { _ in
            let windows = histories.windows(of: shape.events, &random)
            let packs = histories.packs(
                of: windows, order: random.order(of: windows.count),
                events: max(shape.events, events ?? HistoryTower.stepEvents(shape)))
            return packs.map { pack in pack.windows.map { $0.first..<$0.first + $0.count } }
        }
        guard let first = self.epochs.first, !first.isEmpty else { throw .nothingToLearn }
    }

    /// Steps of all epochs.
    package var steps: Int { epochs.reduce(0) { $0 + $1.count } }

    /// The share of the rate at a step.
    package func pace(_ step: Int) -> Double { HistoryTower.pace(step, of: steps) }
}

extension HistoryTower {
    /// Events of one step of pre-training at most.
    package static func eventsAStep(_ shape: HistoryShape) -> Int { stepEvents(shape) }

    /// Where the parameters of the tower that predicts lie among ``learned``.
    package var predicting: [StepGraph.Parameter] { TowerGraph(shape, schema, .prediction).graph.parameters }

    /// All that is learned. As many numbers as before take its place; the tower then forgets how it moved.
    package var learned: [Float] {
        get { parameters }
        set {
            precondition(newValue.count == parameters.count, "as many parameters as the tower has")
            (parameters, optimiser) = (newValue, nil)
        }
    }
}
