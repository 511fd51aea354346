internal import HistoryTower
internal import ParallelPlanning

/// All steps of a training, as every rank knows them before the first.
struct TrainingCourse {
    let schedule: PretrainingSchedule
    /// The most that one of its steps asks for.
    let needs: StepNeeds
    private let plan: ParallelPlan
    private let degrees: Set<Int>
    private let width: Int

    /// - Parameter events: of a step at most; `nil`: as many as the plan's batch of whole windows has.
    init(
        _ layout: TrainingLayout, _ shape: HistoryShape, _ histories: EventHistories, epochs: Int, seed: UInt64,
        events: Int?
    ) throws(HistoryTowerError) {
        let (plan, width) = (layout.plan, shape.width)
        let degrees = Set(layout.segments.map(\.strategy.data))
        schedule = try PretrainingSchedule(
            histories, shape, epochs: epochs, seed: seed, events: events ?? plan.batch * shape.events)
        needs = StepNeeds(
            schedule.epochs.lazy.joined().map {
                DealtStep($0, of: histories, microBatches: plan.microBatches, degrees: degrees, width: width)
            }, microBatches: plan.microBatches, degrees: degrees)
        (self.plan, self.degrees, self.width) = (plan, degrees, width)
    }

    /// A step's windows, dealt.
    func deal(_ windows: [Range<Int>], of histories: EventHistories) -> DealtStep {
        DealtStep(windows, of: histories, microBatches: plan.microBatches, degrees: degrees, width: width)
    }
}
