internal import Arithmetic
internal import Coordination
internal import Histories
internal import HistoryTower
internal import ParallelPlanning
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
        let plan: EncoderPlan
        /// Of a step, where ranks shared it.
        let secondsAStep: Double?
    }

    /// How far it has come with one of the histories.
    struct Progress {
        /// What takes long: the learning, and then the encoding of the rows that were learned for.
        enum Work { case learning, encoding }

        /// The history's name.
        let history: String
        let work: Work
        /// Steps of this history that are done, and all of them.
        let done, of: Int
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
    ///   - progress: What it throws ends the learning.
    /// - Throws: `HistoriesError`; ``RunError`` with the least budget that would do; `HistoryTowerError`.
    func learn(
        trainingOn rows: RowNumbers, seed: () throws -> UInt64,
        progress: (Progress) throws -> Void
    ) throws -> [(prepared: PreparedHistory, course: Course)] {
        let names = history.histories ?? []
        let budget = tower.share(of: history, among: names.count)
        return try names.map { name in
            let own = try OwnHistory(name, of: dataset)
            let moment = try own.rows.latest(of: rows)
            let encoding = try HistoryEncoding(fitting: own.log, before: moment, options)
            var encoder = try HistoryTower(tower.shape(history), encoding.schema, seed: seed())
            let known = own.log.lengths(before: moment)
            let course = try teach(
                &encoder, name, encoding.histories(own.log, before: moment), lengths: known, budget: budget,
                seed: seed()
            ) { done, of, _ in try progress(Progress(history: name, work: .learning, done: done, of: of)) }
            let prepared = try prepare(name, own, encoding, encoder, rows, budget: budget) {
                try progress(Progress(history: name, work: .encoding, done: $0, of: $1))
            }
            return (prepared, course)
        }
    }

    /// Which categories have codes of their own.
    private var options: HistoryEncoding.Options {
        var options = HistoryEncoding.Options()
        if let codes = history.codes { options.codes = codes }
        if let rare = history.rare.flatMap(Double.init) { options.rare = rare }
        return options
    }

    /// Pre-trains one encoder where that is soonest done.
    private func teach(
        _ encoder: inout HistoryTower, _ name: String, _ histories: EventHistories, lengths: [Int], budget: Int,
        seed: UInt64, progress: (_ done: Int, _ of: Int, _ loss: Double) throws -> Void
    ) throws -> Course {
        let plan = try place(name, encoder, histories, lengths: lengths, budget: budget, seed: seed)
        let rate = Double(history.rate) ?? 0
        var (losses, seconds): ([Double], Double?) = ([], nil)
        switch plan {
        case .here where history.epochs == 0: break
        case .here:
            losses = try encoder.pretrain(
                histories, epochs: history.epochs, rate: rate, seed: seed, budget: budget, scratch: scratch(),
                staleness: history.lateness ?? .synchronous, tables: dataset.table.space.kept, progress: progress
            ).losses
        case .ranks(let ranks, let plan, let budget):
            let course = try ranks.pretrain(
                &encoder, of: name, plan, histories, epochs: history.epochs, rate: rate, seed: seed, budget: budget,
                progress: progress)
            (losses, seconds) = (course.losses, course.secondsAStep)
        }
        return Course(
            name: name, events: lengths.reduce(0, +), entities: lengths.count { $0 > 0 }, losses: losses, plan: plan,
            secondsAStep: seconds)
    }

    /// Where an encoder learns soonest: in this process, or at the party's ranks where it has some.
    ///
    /// - Throws: ``RunError`` where the budget is too small at either.
    private func place(
        _ name: String, _ encoder: HistoryTower, _ histories: @autoclosure () throws -> EventHistories, lengths: [Int],
        budget: Int, seed: UInt64
    ) throws -> EncoderPlan {
        let here = Result { try self.plan(name, encoder.schema, lengths: lengths, budget: budget) }
        // Tables of large fields are learned in one place.
        guard history.epochs > 0, let ranks = TowerRanks.current, encoder.schema.largeFields.isEmpty else {
            return .here(try here.get())
        }
        do {
            let plan = try ranks.plan(encoder, histories(), budget: budget, epochs: history.epochs, seed: seed)
            if !ranks.isPreferred, let here = try? here.get(), here.secondsAStep <= plan.secondsAStep {
                return .here(here)
            }
            return .ranks(ranks, plan, budget: budget)
        } catch is ParallelPlanningError {
            return .here(try here.get())
        }
    }

    /// How the arena of one history's encoder is laid out.
    ///
    /// - Throws: ``RunError`` where the budget is too small.
    private func plan(_ name: String, _ schema: EventSchema, lengths: [Int], budget: Int) throws -> HistoryPlan {
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
            let encoding = try HistoryEncoding(fitting: log, before: .max, options)
            let encoder = try HistoryTower(tower.shape(history), encoding.schema, seed: 0)
            let plan = try place(
                name, encoder, encoding.histories(log), lengths: log.lengths, budget: budget, seed: 0)
            return plan.demand(name, log, encoder.shape, epochs: history.epochs)
        }
    }

    /// Demands with what steps took when ranks last shared such a training.
    func remembering(_ demands: [HistoryDemand]) throws -> [HistoryDemand] {
        guard let ranks = TowerRanks.current else { return demands }
        return try demands.map { demand in
            var demand = demand
            demand.measuredSecondsAStep = try demand.plan.flatMap {
                try ranks.measured(demand.name, tower.shape(history), $0)
            }
            return demand
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
        budget: Int, progress: (_ done: Int, _ of: Int) throws -> Void
    ) throws -> PreparedHistory {
        let readouts = try own.rows.readouts(rows.map { Optional($0) })
        let known = readouts.filter { $0.entity >= 0 && $0.events > 0 }
        var whitening: Whitening?
        if tower.training == .frozen {
            let sample = Array(known.prefix(max(1, Self.standardNumbers / tower.outputs)))
            let tables = try OpenTables(of: encoder, in: dataset.table.space.kept, memory: budget / 4)
            whitening = Whitening(
                of: try encoder.encode(
                    encoding.histories(own.log), sample, budget: budget, tables: tables, progress: progress))
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
            + plan.note(measured: secondsAStep)
    }
}
