/// How long a step takes when micro-batches pass through stages one forward, one backward (1F1B).
package struct PipelineSchedule: Hashable, Sendable {
    /// What one stage takes.
    package struct Stage: Hashable, Sendable {
        /// Seconds of a micro-batch, each way.
        package var forward: Double
        package var backward: Double
        /// Seconds after its last micro-batch.
        package var once: Double

        package init(forward: Double, backward: Double, once: Double) {
            self.forward = forward
            self.backward = backward
            self.once = once
        }
    }

    package var stages: [Stage]
    package var microBatches: Int

    package init(stages: [Stage], microBatches: Int) {
        self.stages = stages
        self.microBatches = microBatches
    }

    /// Seconds of a step, by carrying out the schedule: a stage starts as many micro-batches as there are stages from
    /// it on, then takes turns, and works on one thing at a time.
    package var seconds: Double {
        var forwardEnds = stages.map { _ in [Double]() }
        var backwardEnds = stages.map { _ in [Double]() }
        var now = stages.map { _ in 0.0 }
        var moves = true
        while moves {
            moves = false
            for stage in stages.indices {
                while let start = start(stage, forwardEnds, backwardEnds) {
                    now[stage] = max(now[stage], start.time)
                    now[stage] += start.isForward ? stages[stage].forward : stages[stage].backward
                    if start.isForward {
                        forwardEnds[stage].append(now[stage])
                    } else {
                        backwardEnds[stage].append(now[stage])
                    }
                    moves = true
                }
            }
        }
        return zip(now, stages).map { $0 + $1.once }.max() ?? 0
    }

    /// What a stage does next, and when what it needs is there; nil if that is not known yet, or if it is done.
    private func start(
        _ stage: Int, _ forwardEnds: [[Double]], _ backwardEnds: [[Double]]
    ) -> (isForward: Bool, time: Double)? {
        let (forward, backward) = (forwardEnds[stage].count, backwardEnds[stage].count)
        let ahead = min(stages.count - stage, microBatches)
        if forward < microBatches && forward - backward < ahead {
            guard stage > 0 else { return (true, 0) }
            guard forward < forwardEnds[stage - 1].count else { return nil }
            return (true, forwardEnds[stage - 1][forward])
        }
        guard backward < microBatches else { return nil }
        guard stage + 1 < stages.count else { return (false, 0) }
        guard backward < backwardEnds[stage + 1].count else { return nil }
        return (false, backwardEnds[stage + 1][backward])
    }

    /// The same as a sum, which stages' layers are chosen by: all stages once, and the slowest one for all other
    /// micro-batches. It is exact for one stage, and for stages that are alike.
    package var additiveSeconds: Double {
        let sum = stages.reduce(0) { $0 + $1.forward + $1.backward }
        let slowest = stages.map { $0.forward + $0.backward }.max() ?? 0
        return sum + slowest * Double(microBatches - 1) + (stages.map(\.once).max() ?? 0)
    }
}
