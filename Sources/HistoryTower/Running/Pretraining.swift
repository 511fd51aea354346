internal import Glibc
public import OutOfCore

extension HistoryTower {
    /// What pre-training found.
    public struct Lesson: Hashable, Codable, Sendable {
        /// Of each epoch, the mean cross-entropy of a predicted code, in nats.
        public var losses: [Double]
        /// How its memory was laid out.
        public var plan: HistoryPlan
    }

    /// Learns to predict each next event of histories, without any label.
    ///
    /// What is minimised is the mean cross-entropy of each predicted field, all added up.
    /// Adam on gradients of length 1 at most, with a rate that rises over the first twentieth of the steps and then falls along half a
    /// cosine to nothing. Rows of large fields' tables are moved by AdaGrad, ten times as fast; their gradients count in that length, and
    /// rows that no event of a step names stay as they are.
    ///
    /// - Parameters:
    ///   - histories: of this tower's schema.
    ///   - rate: Adam's largest.
    ///   - seed: of the order of histories, of dropout and of large fields' tables; no secret.
    ///   - budget: bytes for arena, what is put away in memory, parameters and what moves them, and pages of large fields' tables.
    ///   - scratch: a folder for what is put away on the disk; nil: nothing is.
    ///   - staleness: how many gradients parameters may lack. Synchronous: the bits do not depend on where anything lies, nor on chance.
    ///   - folder: where the tables of large fields are written when all is learned, and read from if it has learned before; needed by
    ///     towers that have such fields, and made if it is not there.
    ///   - progress: after each step: steps done, steps in all, and the last step's mean loss; what it throws ends the training.
    /// - Throws: ``HistoryTowerError``, and the tower is as it was; files in `folder` that no tower names may be left.
    @discardableResult
    public mutating func pretrain(
        _ histories: EventHistories, epochs: Int, rate: Double, seed: UInt64, budget: Int, scratch: String?,
        staleness: Staleness = .synchronous, tables folder: String? = nil,
        progress: (_ done: Int, _ of: Int, _ loss: Double) throws -> Void = { _, _, _ in }
    ) throws -> Lesson {
        precondition(histories.schema == schema && epochs > 0 && rate > 0, "histories of this tower, and a rate")
        precondition(folder != nil || schema.largeFields.isEmpty, "a folder for large fields' tables")
        var random = Pseudorandom(seed: seed)
        let epochs = (0..<epochs).map { _ -> [Pack] in
            let windows = histories.windows(of: shape.events, &random)
            return histories.packs(
                of: windows, order: random.order(of: windows.count), events: Self.stepEvents(shape))
        }
        guard let first = epochs.first, !first.isEmpty else { throw HistoryTowerError.nothingToLearn }
        let terms = TrainingPlan.Terms(budget: budget, scratch: scratch, staleness: staleness)
        let graph = TowerGraph(shape, schema, .prediction)
        let plan = try TrainingPlan(
            graph, extent: .init(events: Self.stepEvents(shape), histories: Self.stepEvents(shape)), terms,
            attended: Workload(lengths: zip(histories.starts, histories.starts.dropFirst()).map { $1 - $0 }, shape)
                .attended)
        let machine = try TowerMachine(graph, plan, terms)
        let learned = try LearningParameters(
            plan.layers, parameters[...], after: nil, staleness: staleness,
            state: plan.stateDiskBytes > 0 ? terms.place : .memory)
        let tables = try LearningTables(
            graph, histories, plan.tables, terms, seed: seed,
            after: folder.map { try OpenTables(learnedBy: self, in: $0).files } ?? [])
        if let folder { try FieldTable.demandRoom(for: schema.largeFields, columns: shape.width, in: folder) }
        let steps = epochs.reduce(0) { $0 + $1.count }
        var coming = epochs.joined().makeIterator()
        if let pack = coming.next() { tables.prefetch(pack) }
        var losses: [Double] = []
        for packs in epochs {
            var (sum, count) = (0.0, 0)
            for pack in packs {
                let step = learned.steps
                machine.enter(learned)
                machine.enter(pack, of: histories)
                try tables.enter(machine)
                // The next step's pages come while this one is computed.
                if let pack = coming.next() { tables.prefetch(pack) }
                let labels = machine.enterLabels(pack, of: histories)
                try machine.forward(seed: seed, step: UInt32(truncatingIfNeeded: step))
                let loss = try machine.backward()
                guard loss.isFinite else { throw HistoryTowerError.diverged }
                let pace = rate * Self.pace(step, of: steps)
                try tables.move(rate: pace, factor: learned.move(rate: pace, beside: tables.collect(from: machine)))
                (sum, count) = (sum + loss, count + labels)
                try progress(step + 1, steps, loss / Double(max(1, labels)))
            }
            losses.append(sum / Double(max(1, count)))
        }
        let values = try learned.values()
        if let folder { self.tables = try tables.write(schema, to: folder) }
        (parameters, optimiser) = (values, nil)
        return Lesson(losses: losses, plan: HistoryPlan(plan, budget: budget, steps: steps))
    }

    /// The share of the rate at one of so many steps.
    static func pace(_ step: Int, of steps: Int) -> Double {
        let warmup = max(1, steps / 20)
        guard step >= warmup else { return Double(step + 1) / Double(warmup) }
        return max(1e-3, (1 + cos(.pi * Double(step - warmup) / Double(max(1, steps - warmup)))) / 2)
    }
}
