import ParallelTraining
import Testing

@Suite struct ScheduleTests {
    /// All stages at once, a send returning only when its receive is there: they come to an end, in the right order.
    @Test func stagesDoNotWaitForEachOtherInACircle() {
        for stages in 1...7 {
            for microBatches in 1...9 {
                let actions = (0..<stages).map {
                    StageSchedule.actions(stage: $0, of: stages, microBatches: microBatches)
                }
                var places = Array(repeating: 0, count: stages)
                func next(_ stage: Int) -> StageSchedule.Action? {
                    actions.indices.contains(stage) && places[stage] < actions[stage].count
                        ? actions[stage][places[stage]] : nil
                }
                var isMoving = true
                while isMoving {
                    isMoving = false
                    for stage in 0..<stages {
                        switch next(stage) {
                        case .forward, .backward: places[stage] += 1
                        case .sendActivations(let batch) where next(stage + 1) == .receiveActivations(batch):
                            places[stage] += 1
                            places[stage + 1] += 1
                        case .sendGradients(let batch) where next(stage - 1) == .receiveGradients(batch):
                            places[stage] += 1
                            places[stage - 1] += 1
                        default: continue
                        }
                        isMoving = true
                    }
                }
                #expect(places == actions.map(\.count), "\(stages) stages, \(microBatches) micro-batches")
            }
        }
    }

    @Test func aStageKeepsAsManyMicroBatchesAsItSays() {
        for stages in 1...5 {
            for microBatches in 1...8 {
                for stage in 0..<stages {
                    var underWay: Set<Int> = []
                    var (most, done) = (0, 0)
                    let actions = StageSchedule.actions(stage: stage, of: stages, microBatches: microBatches)
                    for action in actions {
                        switch action {
                        case .forward(let batch):
                            #expect(underWay.insert(batch).inserted && batch == done + underWay.count - 1)
                        case .backward(let batch):
                            #expect(underWay.remove(batch) != nil && batch == done)
                            done += 1
                        default: break
                        }
                        most = max(most, underWay.count)
                    }
                    #expect(done == microBatches && underWay.isEmpty)
                    #expect(
                        most == min(stages - stage, microBatches)
                            && most == StageSchedule.flights(stage: stage, of: stages, microBatches: microBatches))
                    let first = actions.firstIndex(of: .backward(0)).map { $0 - 1 }
                    #expect(stage == stages - 1 ? actions[first ?? 0] == .forward(0) : true)
                }
            }
        }
    }
}
