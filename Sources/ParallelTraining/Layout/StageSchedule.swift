/// What one stage does in a step, in order: one forward, one backward (PipeDream-Flush, Narayanan et al., arXiv 2104.04473, section
/// 2.2), so that stage s of P keeps the activations of P - s micro-batches at most.
///
/// **No deadlock, even where a send waits for its receive.** Two neighbours exchange what lies between them in one order, which both
/// follow: activations 0 ..< w of the lower stage's w warm-up steps, then gradients 0, activations w, gradients 1, activations
/// w + 1, and so on. That is why a stage, between a way there and the way back that follows it, first receives gradients and then
/// sends what it has just computed. All stages' orders together have no cycle; a test runs them with sends that wait.
package enum StageSchedule {
    /// Of a micro-batch.
    package enum Action: Hashable, Sendable {
        case receiveActivations(Int)
        case forward(Int)
        case sendActivations(Int)
        case receiveGradients(Int)
        case backward(Int)
        case sendGradients(Int)
    }

    /// Micro-batches whose activations a stage keeps at a time.
    package static func flights(stage: Int, of stages: Int, microBatches: Int) -> Int {
        min(stages - stage, microBatches)
    }

    package static func actions(stage: Int, of stages: Int, microBatches: Int) -> [Action] {
        let isFirst = stage == 0
        let isLast = stage == stages - 1
        let warmUp = min(stages - 1 - stage, microBatches)
        var actions: [Action] = []
        for batch in 0..<warmUp {
            if !isFirst { actions.append(.receiveActivations(batch)) }
            actions += [.forward(batch), .sendActivations(batch)]
        }
        for batch in 0..<microBatches {
            let next = batch + warmUp
            if next < microBatches {
                if !isFirst { actions.append(.receiveActivations(next)) }
                actions.append(.forward(next))
            }
            if !isLast { actions.append(.receiveGradients(batch)) }
            if next < microBatches && !isLast { actions.append(.sendActivations(next)) }
            actions.append(.backward(batch))
            if !isFirst { actions.append(.sendGradients(batch)) }
        }
        return actions
    }
}
