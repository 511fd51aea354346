internal import Arithmetic
internal import LocalUpdates
internal import Models
internal import Runtime
internal import Specification
internal import Unprotected

/// The source layer without protection, at the label party: for comparison only.
struct UnprotectedLabelSource: LabelSource {
    private(set) var session: Session
    var role: UnprotectedLabelParty
    private(set) var part: PlainPart
    /// For this party's own auditor.
    private let view: UnprotectedView?
    /// Training rounds that it has been through.
    private var updates: Int

    init(session: Session, role: UnprotectedLabelParty, part: PlainPart, view: UnprotectedView?, updates: Int) {
        (self.session, self.role, self.part, self.view, self.updates) = (session, role, part, view, updates)
    }

    /// Goes on in another session, with the weights that it has or with others.
    mutating func enter(_ session: Session, _ plan: SessionPlan, with other: (part: PlainPart, updates: Int)?) {
        self.session = session
        (part, updates) = other ?? (part, updates)
        role = UnprotectedLabelParty(plan: plan, layer: other?.part.source ?? role.layer, descent: role.descent)
    }

    mutating func begin(_ pace: Pace) { role.descent = pace.source }

    mutating func open(_ rows: [Int], training: Bool, next: UpcomingRound?) throws -> Matrix<Double> {
        let phase: UnprotectedPhase = training ? .train : .evaluate
        try view?.begin(phase, rows, role.layer)
        let batch = try part.rows(rows)
        let outputs = try session.run(&role) { try $0.forward(rows: batch, in: phase) }
        for case .opened(let z) in outputs {
            view?.opened(z)
            return z
        }
        throw RunError(.internalError, "the layer opened nothing")
    }

    mutating func update(_ derivative: Matrix<Double>) throws {
        view?.derivative(derivative)
        _ = try session.run(&role) { try $0.backward(dZ: derivative) }
        updates += 1
    }

    /// What this party holds of the layer.
    var held: HeldPart { HeldPart(shares: SavedShares(version: updates), plain: part.saved(role.layer)) }

    /// The derivative was the round's last message.
    mutating func settle() {}

    mutating func own(_ rows: [Int]) throws -> Matrix<Double> { try role.product(rows: part.rows(rows)) }

    mutating func descend(_ rows: [Int], along derivative: Matrix<Double>) throws {
        try role.descend(rows: part.rows(rows), derivative: derivative)
    }
}

/// The same at a feature party, with its tower and its local steps.
struct UnprotectedFeatureSource: FeatureSource {
    /// What was exchanged of a batch.
    private struct Exchanged {
        let rows: [Int]
        let product: Matrix<Double>
        let derivative: Matrix<Double>
    }

    private(set) var session: Session
    var role: UnprotectedFeatureParty
    var part: PlainPart
    /// For this party's own auditor.
    private let view: UnprotectedView?
    /// Training rounds that it has been through.
    private var updates: Int
    private let plan: ReusePlan
    private let overlaps: Bool
    private var workset: Workset<Exchanged>
    /// Local steps after the last round that are not taken yet.
    private var pending: [Exchanged] = []
    private(set) var steps = LocalStepCount()

    init(
        session: Session, role: UnprotectedFeatureParty, part: PlainPart, _ job: Job, view: UnprotectedView?,
        updates: Int
    ) {
        (self.session, self.role, self.part, self.view, self.updates) = (session, role, part, view, updates)
        (plan, overlaps) = (job.featureReuse, job.localUpdates?.overlaps ?? false)
        workset = Workset(plan)
    }

    /// Goes on in another session, with the weights that it has or with others.
    mutating func enter(_ session: Session, _ plan: SessionPlan, with other: (part: PlainPart, updates: Int)?) {
        self.session = session
        (part, updates) = other ?? (part, updates)
        role = UnprotectedFeatureParty(
            plan: plan, layer: other?.part.source ?? role.layer, descent: role.descent, towerColumns: part.towerColumns,
            givesStatistics: self.plan.stepsPerRound > 0)
    }

    /// Local steps that are still to be taken go at the new pace, too.
    mutating func begin(_ pace: Pace) {
        role.descent = pace.source
        part.begin(pace)
    }

    /// Where steps overlap with rounds, those after a round are taken while the next one's derivative is on its way; so this
    /// party's activations do without them, and the derivative is applied after them.
    mutating func answer(_ rows: [Int], training: Bool, next: UpcomingRound?) throws {
        guard training else {
            try view?.begin(.evaluate, rows, role.layer)
            let batch = try part.rows(rows)
            _ = try session.run(&role) { try $0.forward(rows: batch, in: .evaluate) }
            return
        }
        if !overlaps { try takePending() }
        try view?.begin(.train, rows, role.layer)
        let batch = try part.rows(rows)
        _ = try session.begin(&role) { try $0.forward(rows: batch, in: .train) }
        try takePending()
        updates += 1
        for output in try session.settle(&role) {
            switch output {
            case .derivative(let gradient): try part.descendTower(rows, gradient: gradient)
            case .statistics(let product, let derivative):
                pending = workset.insert(Exchanged(rows: rows, product: product, derivative: derivative))
            case .opened, .roundFinished: break
            }
        }
    }

    /// What this party holds of the layer.
    var held: HeldPart { HeldPart(shares: SavedShares(version: updates), plain: part.saved(role.layer)) }

    mutating func finishTraining() throws { try takePending() }

    /// CELU-VFL's step of a feature party: along the exchanged derivative, each row weighted by how far its activations have
    /// turned since.
    private mutating func takePending() throws {
        for exchanged in pending {
            let start = ContinuousClock.now
            let batch = try part.rows(exchanged.rows)
            let product = role.layer(batch)
            let weights = plan.weights(now: product, exchanged: exchanged.product)
            let derivative = exchanged.derivative.weighted(by: weights)
            let tower = part.towerColumns > 0 ? role.layer.gradient(byLast: part.towerColumns, dZ: derivative) : nil
            try role.descend(rows: batch, derivative: derivative)
            if let tower { try part.descendTower(exchanged.rows, gradient: tower, decays: false) }
            steps.add(weights, since: start)
        }
        pending = []
    }
}

extension Matrix<Double> {
    /// Each row times its weight.
    fileprivate func weighted(by weights: [Double]) -> Matrix {
        Matrix(
            rows: rows, columns: columns,
            elements: (0..<rows).flatMap { row in self.row(row).map { $0 * weights[row] } })
    }
}
