internal import Arithmetic
internal import Coordination
internal import Histories
internal import HistoryTower
internal import Preparation
internal import Specification
internal import Tables

/// Makes a party's tower over histories from its own events, without labels and without anybody's help: what events look like before
/// the latest row that is trained on, and what follows what.
struct HistoryLearning {
    private let tower: Job.Tower
    private let history: Job.Tower.History
    private let dataset: Dataset
    private let party: Party

    /// How one encoder went.
    struct Course {
        let name: String
        /// Events that it learned from, and whose they are.
        let events: Int
        let entities: Int
        /// The mean loss of an event in each epoch.
        let losses: [Double]
        let plan: HistoryPlan
    }

    /// - Returns: `nil` where the party has no tower over histories in the job.
    init?(_ job: Job, of party: Party, _ dataset: Dataset) {
        guard let tower = job.towers[party], let history = tower.history else { return nil }
        (self.tower, self.history, self.dataset, self.party) = (tower, history, dataset, party)
    }

    /// The most numbers that outputs are standardised over, all in memory. Of more rows the first in the common order are taken, which
    /// chance has put there.
    private static let standardNumbers = 1 << 24

    /// Learns, history by history.
    ///
    /// - Parameters:
    ///   - rows: The training rows of the table.
    ///   - seed: Drawn anew for first weights, and for the order in which events are learned from.
    ///   - progress: Told of each history's steps with the loss, and of whose they are. What it throws ends the learning.
    /// - Throws: `HistoriesError`; ``RunError`` with the least budget that would do; `HistoryTowerError`.
    func learn(
        trainingOn rows: RowNumbers, seed: () throws -> UInt64,
        progress: (_ name: String, _ done: Int, _ of: Int, _ loss: Double) throws -> Void
    ) throws -> [(prepared: PreparedHistory, course: Course)] {
        let names = history.histories ?? []
        let budget = tower.share(of: history, among: names.count)
        let scratch = try scratch()
        return try names.map { name in
            let own = try OwnHistory(name, of: dataset)
            let moment = try own.rows.latest(of: rows)
            let encoding = try HistoryEncoding(fitting: own.log, before: moment)
            var encoder = try HistoryTower(tower.shape(history), encoding.schema, seed: seed())
            let known = own.log.lengths(before: moment)
            let plan = try plan(name, encoding.schema, lengths: known, budget: budget)
            let losses: [Double] =
                history.epochs == 0
                ? []
                : try encoder.pretrain(
                    encoding.histories(own.log, before: moment), epochs: history.epochs,
                    rate: Double(history.rate) ?? 0, seed: try seed(), budget: budget, scratch: scratch,
                    staleness: history.lateness ?? .synchronous
                ) { try progress(name, $0, $1, $2) }.losses
            let course = Course(
                name: name, events: known.reduce(0, +), entities: known.count { $0 > 0 }, losses: losses, plan: plan)
            return (try prepare(name, own, encoding, encoder, rows, budget: budget), course)
        }
    }

    /// How the arena of one history's encoder is laid out.
    ///
    /// - Throws: ``RunError`` where the budget is too small.
    func plan(_ name: String, _ schema: EventSchema, lengths: [Int], budget: Int) throws -> HistoryPlan {
        do {
            return try HistoryTower.plan(
                tower.shape(history), schema, budget: budget, lengths: lengths, epochs: history.epochs,
                scratch: scratch(), staleness: history.lateness ?? .synchronous)
        } catch let error as HistoryTowerError {
            throw RunError(
                .badData,
                "the tower of \(party), history '\(name)': \(error): raise towers.\(party).budget in the job file, or lower "
                    + "events, width or layers there")
        }
    }

    /// How every encoder would learn, if all rows were trained on that the party has.
    func demands() throws -> [HistoryDemand] {
        let names = history.histories ?? []
        let budget = tower.share(of: history, among: names.count)
        return try names.map { name in
            let log = try OwnHistory(name, of: dataset).log
            let encoding = try HistoryEncoding(fitting: log, before: .max)
            let plan = try plan(name, encoding.schema, lengths: log.lengths, budget: budget)
            return HistoryDemand(
                name: name, events: log.events, entities: log.entities, longest: log.lengths.max() ?? 0,
                budgetBytes: plan.budgetBytes, arenaBytes: plan.arenaBytes,
                alpha: plan.keepsEverything ? nil : plan.alpha,
                hostBytes: plan.hostBytes, diskBytes: plan.diskBytes,
                stateDiskBytes: plan.stateDiskBytes > 0 ? plan.stateDiskBytes : nil, expectedStall: plan.expectedStall,
                secondsAStep: plan.secondsAStep, steps: plan.steps)
        }
    }

    /// Where encoders put away what does not fit.
    private func scratch() throws(StateError) -> String {
        let folder = dataset.table.space.folder
        try StateFile.makeFolder(folder)
        return folder
    }

    /// Looks at what an encoder gives of the training rows.
    private func prepare(
        _ name: String, _ own: OwnHistory, _ encoding: HistoryEncoding, _ encoder: HistoryTower, _ rows: RowNumbers,
        budget: Int
    ) throws -> PreparedHistory {
        let readouts = try own.rows.readouts(rows.map { Optional($0) })
        let known = readouts.filter { $0.entity >= 0 && $0.events > 0 }
        var whitening: Whitening?
        if tower.training == .frozen {
            let sample = Array(known.prefix(max(1, Self.standardNumbers / tower.outputs)))
            whitening = Whitening(of: try encoder.encode(encoding.histories(own.log), sample, budget: budget))
        }
        return PreparedHistory(
            name: name, encoding: encoding, tower: encoder, outputs: whitening,
            gap: .init(of: known.map { PreparedHistory.gap(of: $0, in: encoding.schema) }),
            tellsAbsence: !known.isEmpty && known.count < readouts.count)
    }
}

extension HistoryLearning.Course {
    /// For a report: sizes of what it learned from, and how that went.
    ///
    /// - Parameter tellsLoss: Whether the party's policy releases what is measured.
    func note(of party: Party, tellsLoss: Bool) -> String {
        func rounded(_ number: Double) -> String { "\((number * 10_000).rounded() / 10_000)" }
        let loss = losses.map(rounded).joined(separator: ", ")
        return "the tower of \(party) learned from \(events) events of \(entities) entities of '\(name)'"
            + (tellsLoss && !losses.isEmpty ? ", with a loss of \(loss) by epoch" : "")
            + "; its arena took \(ByteCount.text(plan.arenaBytes)) of \(ByteCount.text(plan.budgetBytes))"
            + (plan.keepsEverything
                ? ", with nothing put away or computed again"
                : ", alpha \(rounded(plan.alpha)), \(plan.swappedLayers) layers put away")
            + (plan.stateDiskBytes > 0 ? ", the optimiser's \(ByteCount.text(plan.stateDiskBytes)) on the disk" : "")
    }
}
