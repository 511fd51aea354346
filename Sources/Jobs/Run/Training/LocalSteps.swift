internal import Arithmetic
internal import LocalUpdates
internal import Models

/// Local steps that a party took, and how much their rows counted.
struct LocalStepCount {
    private(set) var steps = 0
    /// How long they took.
    private(set) var seconds = 0.0
    private var weights = 0.0

    /// Of all rows of all steps; 1 where there were none.
    var meanWeight: Double { steps == 0 ? 1 : weights / Double(steps) }

    /// - Parameter start: When the step began.
    mutating func add(_ weights: [Double], since start: ContinuousClock.Instant) {
        steps += 1
        seconds += (ContinuousClock.now - start) / .seconds(1)
        self.weights += weights.reduce(0, +) / Double(weights.count)
    }
}

/// CELU-VFL at the label party: the opened Z of earlier batches, brought up to date by this party's own part of it, trains what
/// this party holds once more.
///
/// A step depends on nothing but what the party has seen and on the public plan, and sends nothing: nobody learns anything by it.
struct LabelSteps {
    /// What was exchanged of a batch.
    struct Exchanged {
        let rows: [Int]
        let z: Matrix<Double>
        /// What of `z` this party's own weights made.
        let own: Matrix<Double>
        let derivative: Matrix<Double>
    }

    private let plan: ReusePlan
    private var workset: Workset<Exchanged>
    private(set) var count = LocalStepCount()

    init(_ plan: ReusePlan) {
        self.plan = plan
        workset = Workset(plan)
    }

    /// Whether there is any step.
    var isEmpty: Bool { plan.stepsPerRound == 0 }

    /// Takes the steps that follow a round.
    mutating func take(
        after exchanged: Exchanged, _ source: inout some LabelSource, _ top: inout LabelModel, in training: Training
    ) throws {
        let pace = top.optimiser
        top.optimiser = pace.withoutDecay
        defer { top.optimiser = pace }
        for past in workset.insert(exchanged) {
            let start = ContinuousClock.now
            let z = try past.z + (source.own(past.rows) - past.own)
            let (own, targets) = (try top.forward(past.rows), training.targets(past.rows))
            var weights: [Double]?
            if plan.weighs(width: z.columns) {
                let derivative = try top.derivative(z: z, own: own, targets: targets)
                weights = plan.weights(now: derivative, exchanged: past.derivative)
            }
            if let counted = training.targets.weights(past.rows) {
                weights = weights.map { zip($0, counted).map(*) } ?? counted
            }
            let step = try training.descend(&top, z: z, own: own, past.rows, weights: weights)
            try source.descend(past.rows, along: step.gradient)
            count.add(weights ?? Array(repeating: 1, count: past.rows.count), since: start)
        }
    }
}

private func + (left: Matrix<Double>, right: Matrix<Double>) -> Matrix<Double> { combine(left, right, +) }
private func - (left: Matrix<Double>, right: Matrix<Double>) -> Matrix<Double> { combine(left, right, -) }

private func combine(
    _ left: Matrix<Double>, _ right: Matrix<Double>, _ operation: (Double, Double) -> Double
) -> Matrix<Double> {
    Matrix(rows: left.rows, columns: left.columns, elements: zip(left.elements, right.elements).map(operation))
}
