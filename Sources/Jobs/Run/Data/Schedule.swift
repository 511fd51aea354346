internal import Course
internal import Cryptography
public import Tables

/// Which rows are held back and which batches are trained on, in which order: public, and the same at every party.
///
/// A function of the job's row seed, the number of aligned rows, the job's `train` and `evaluate` sections, and, where these name
/// rows by their key, of the keys; where it splits them by a column of the label party, of what that announces; nothing else.
public struct Schedule: Sendable {
    /// Positions in the common row order that are held back for evaluation, ascending: its first ones, or those that the key names.
    public let testRows: RowNumbers
    /// Positions that are measured while a model is chosen, ascending; mostly none.
    public let validationRows: RowNumbers
    /// All others, ascending.
    public let trainRows: RowNumbers
    let epochs: Int
    /// Training rounds that an earlier attempt has been through: those that are asked for here come after them.
    private(set) var done = 0
    /// Whether validation rows are measured after every epoch, each in a session of its own.
    let stopsEarly: Bool
    private let batch: Int
    private let seed: [UInt8]

    /// Consecutive rounds of equally many rows.
    public struct Run: Hashable, Sendable {
        public var count: Int
        public var rows: Int
    }

    /// - Parameters:
    ///   - rows: How many rows are aligned; a job that scores them trains on none.
    ///   - isHeldBack: Whether a row's key has the text that the job names; a job that holds back a share does not ask.
    public init(job: Job, rows: Int, isHeldBack: (Int) -> Bool = { _ in false }) {
        let parts: [RowPart]
        switch (job.evaluate.test, job.evaluate.split) {
        case _ where job.predict != nil: parts = Array(repeating: .test, count: rows)
        case (_, let split?): parts = RowPart.inOrder(count: rows, split)
        case (.share(let share), nil):
            let held = Int((Double(rows) * (Double(share) ?? 0)).rounded(.down))
            let tested = min(max(held, 1), max(rows - 1, 0))
            parts = (0..<rows).map { $0 < tested ? .test : .training }
        case (.key, nil): parts = (0..<rows).map { isHeldBack($0) ? .test : .training }
        }
        self.init(job: job, parts: parts)
    }

    /// - Parameter parts: What each row is for, by position.
    init(job: Job, parts: [RowPart]) {
        func positions(_ part: RowPart) -> RowNumbers { RowNumbers(parts.indices.lazy.filter { parts[$0] == part }) }
        (trainRows, validationRows, testRows) = (positions(.training), positions(.validation), positions(.test))
        stopsEarly = job.predict == nil && job.train.earlyStopping != nil
        epochs = job.train.epochs
        batch = job.train.batch
        seed = job.rowSeed
    }

    /// The training batches of one epoch: positions in the common row order, shuffled anew each time.
    public func batches(epoch: Int) -> RowBatches {
        var order = trainRows.values
        var generator = PublicShuffle(seed: seed, epoch: epoch)
        for index in stride(from: order.count - 1, to: 0, by: -1) {
            order.swapAt(index, generator.below(index + 1))
        }
        return RowBatches(RowNumbers(values: order), batch: batch)
    }

    /// What is left of the schedule after so many training rounds.
    public func after(rounds: Int) -> Schedule {
        var rest = self
        rest.done = rounds
        return rest
    }

    /// All training batches, epoch after epoch; only one epoch's are in memory at a time.
    public var trainBatches: some Sequence<[Int]> { batches(of: Leg(epochs: 0..<epochs, skips: done)) }

    /// How many training batches there are.
    public var trainRounds: Int { trainRounds(of: Leg(epochs: 0..<epochs, skips: done)) }

    /// How many one epoch has.
    var epochRounds: Int { Self.runs(rows: trainRows.count, batch: batch).reduce(0) { $0 + $1.count } }

    /// The batches of the rows that are held back.
    public var testBatches: RowBatches { RowBatches(testRows, batch: batch) }

    /// Those of the rows that validate.
    public var validationBatches: RowBatches { RowBatches(validationRows, batch: batch) }

    /// The batches of rows that are measured together.
    func batches(measuring rows: RowNumbers) -> RowBatches { RowBatches(rows, batch: batch) }

    /// The round after one of these batches, which belong to the rows that validate or to those that test: the next of them, or, where no
    /// session ends between, the first of the rows that test.
    func upcoming(after index: Int, measuring batches: RowBatches) -> UpcomingRound? {
        if index + 1 < batches.count { return UpcomingRound(rows: batches[index + 1].count, training: false) }
        let isValidation = !stopsEarly && !validationRows.isEmpty && batches.first?.first == validationRows.first
        return isValidation ? testRuns.first.map { UpcomingRound(rows: $0.rows, training: false) } : nil
    }

    /// The sizes of all training batches, in their order.
    public var trainRuns: [Run] { trainRuns(of: Leg(epochs: 0..<epochs, skips: done)) }

    /// The sizes of the batches of the rows that are held back, in their order.
    public var testRuns: [Run] { Self.runs(rows: testRows.count, batch: batch) }

    /// The same of the rows that validate.
    public var validationRuns: [Run] { Self.runs(rows: validationRows.count, batch: batch) }

    /// Batches of at most `batch` rows whose sizes differ by one at most, the larger ones first. A short last batch would take a
    /// far too long step: the velocity is a sum over earlier batches, and is divided by the rows of this one.
    static func runs(rows: Int, batch: Int) -> [Run] {
        guard rows > 0 else { return [] }
        let count = (rows + batch - 1) / batch
        let (size, larger) = (rows / count, rows % count)
        return [Run(count: larger, rows: size + 1), Run(count: count - larger, rows: size)].filter { $0.count > 0 }
    }
}

// MARK: - Sessions

extension Schedule {
    /// What one session of the layers goes through.
    struct Leg {
        /// Whose batches are trained on first.
        let epochs: Range<Int>
        /// How many of them an earlier attempt has been through.
        var skips = 0
        /// Whether the rows that validate are measured then.
        var validates = false
        /// Whether the rows that test are measured at last.
        var tests = false
    }

    /// All sessions, in order: one, or where training may stop early, one for each epoch and one for the test rows.
    var legs: [Leg] {
        guard stopsEarly else { return [Leg(epochs: 0..<epochs, skips: done, validates: true, tests: true)] }
        return (judgedEpochs..<epochs).map { epoch in
            Leg(epochs: epoch..<epoch + 1, skips: max(0, done - epoch * epochRounds), validates: true)
        } + [Leg(epochs: epochs..<epochs, tests: true)]
    }

    /// Epochs after which it was decided already how to go on. Where an earlier attempt has been through the last round of one, its rows
    /// that validate are still to be measured.
    private var judgedEpochs: Int { stopsEarly && done > 0 ? (done - 1) / epochRounds : 0 }

    /// Rounds that an earlier attempt has been through, those that measured among them.
    var roundsBefore: Int { done + judgedEpochs * validationBatches.count }

    /// Whether an epoch's last round is this one, counted from 1, and training may stop after it.
    func mayStop(after round: Int) -> Bool { stopsEarly && round > 0 && round.isMultiple(of: epochRounds) }

    /// A session's training batches; only one epoch's are in memory at a time.
    func batches(of leg: Leg) -> some Sequence<[Int]> {
        let (skipped, rest) = epochRounds == 0 ? (0, 0) : leg.skips.quotientAndRemainder(dividingBy: epochRounds)
        let first = min(leg.epochs.lowerBound + skipped, leg.epochs.upperBound)
        return (first..<leg.epochs.upperBound).lazy.flatMap { batches(epoch: $0).dropFirst($0 == first ? rest : 0) }
    }

    /// How many those are.
    func trainRounds(of leg: Leg) -> Int { max(0, leg.epochs.count * epochRounds - leg.skips) }

    /// The epoch that begins with a session's training round; `nil` where none does. The first round begins the rest of its epoch.
    func epoch(beginningAt index: Int, in leg: Leg) -> Int? {
        let round = leg.skips + index
        guard epochRounds > 0, index == 0 || round.isMultiple(of: epochRounds) else { return nil }
        return leg.epochs.lowerBound + round / epochRounds
    }

    private func trainRuns(of leg: Leg) -> [Run] {
        var past = leg.skips
        return leg.epochs.flatMap { _ in Self.runs(rows: trainRows.count, batch: batch) }.compactMap { run in
            let skipped = min(past, run.count)
            past -= skipped
            return skipped == run.count ? nil : Run(count: run.count - skipped, rows: run.rows)
        }
    }

    /// A session's rounds: how many rows they have, and whether they train.
    func runs(of leg: Leg) -> [(run: Run, training: Bool)] {
        trainRuns(of: leg).map { ($0, true) }
            + ((leg.validates ? validationRuns : []) + (leg.tests ? testRuns : [])).map { ($0, false) }
    }

    /// The batches that a session measures, those that validate first.
    func measuredBatches(of leg: Leg) -> some Sequence<[Int]> {
        [leg.validates ? validationBatches : nil, leg.tests ? testBatches : nil].compactMap(\.self).joined()
    }

    /// The round after round `index` of the first session, counted over training and then evaluation; nil after the last.
    package func round(after index: Int) -> UpcomingRound? { round(after: index, in: legs[0]) }

    /// The same of another session.
    func round(after index: Int, in leg: Leg) -> UpcomingRound? {
        var left = index + 1
        for (run, training) in runs(of: leg) {
            if left < run.count { return UpcomingRound(rows: run.rows, training: training) }
            left -= run.count
        }
        return nil
    }
}

/// SHA-256 in counter mode over a public seed: not secret, and the same everywhere.
private struct PublicShuffle {
    private let prefix: [UInt8]
    private var block: [UInt8] = []
    private var counter: UInt64 = 0

    init(seed: [UInt8], epoch: Int) {
        prefix = Array("colonnade/schedule/v1\0".utf8) + seed + bytes(UInt64(epoch))
    }

    /// Uniform below `bound`, by rejection.
    mutating func below(_ bound: Int) -> Int {
        let bound = UInt64(bound)
        let limit = UInt64.max - UInt64.max % bound
        while true {
            let value = next()
            if value < limit { return Int(value % bound) }
        }
    }

    private mutating func next() -> UInt64 {
        if block.isEmpty {
            block = SHA256.hash(prefix + bytes(counter))
            counter += 1
        }
        defer { block.removeFirst(8) }
        return block.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

private func bytes(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
