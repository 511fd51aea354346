internal import Cryptography

/// Which rows are held back and which batches are trained on, in which order: public, and the same at every party.
///
/// A function of the job's row seed, the number of aligned rows, the job's `train` and `evaluate` sections, and, where these name
/// rows by their key, of the keys; nothing else.
public struct Schedule: Sendable {
    /// Positions in the common row order that are held back for evaluation, ascending: its first ones, or those that the key names.
    public let testRows: [Int]
    /// All others, ascending.
    public let trainRows: [Int]
    let epochs: Int
    /// Training rounds that an earlier attempt has been through: those that are asked for here come after them.
    private(set) var done = 0
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
        switch job.evaluate.test {
        case _ where job.predict != nil:
            testRows = Array(0..<rows)
            trainRows = []
        case .share(let share):
            let held = Int((Double(rows) * (Double(share) ?? 0)).rounded(.down))
            testRows = Array(0..<min(max(held, 1), max(rows - 1, 0)))
            trainRows = Array(testRows.count..<rows)
        case .key:
            testRows = (0..<rows).filter(isHeldBack)
            trainRows = (0..<rows).filter { !isHeldBack($0) }
        }
        epochs = job.train.epochs
        batch = job.train.batch
        seed = job.rowSeed
    }

    /// The training batches of one epoch: positions in the common row order, shuffled anew each time.
    public func batches(epoch: Int) -> [[Int]] {
        var order = trainRows
        var generator = PublicShuffle(seed: seed, epoch: epoch)
        for index in stride(from: order.count - 1, to: 0, by: -1) {
            order.swapAt(index, generator.below(index + 1))
        }
        return Self.cut(order, into: batch)
    }

    /// What is left of the schedule after so many training rounds.
    public func after(rounds: Int) -> Schedule {
        var rest = self
        rest.done = rounds
        return rest
    }

    /// All training batches, epoch after epoch; only one epoch's are in memory at a time.
    public var trainBatches: some Sequence<[Int]> {
        let first = epochRounds == 0 ? 0 : done / epochRounds
        return (first..<epochs).lazy.flatMap { epoch in
            batches(epoch: epoch).dropFirst(epoch == first && epochRounds > 0 ? done % epochRounds : 0)
        }
    }

    /// How many training batches there are.
    public var trainRounds: Int { max(0, epochs * epochRounds - done) }

    /// How many one epoch has.
    var epochRounds: Int { Self.runs(rows: trainRows.count, batch: batch).reduce(0) { $0 + $1.count } }

    /// The epoch that begins with a training round, counted from the first that is left; `nil` where none does. That one begins the rest
    /// of its epoch.
    func epoch(beginningAt index: Int) -> Int? {
        let round = done + index
        guard epochRounds > 0, index == 0 || round.isMultiple(of: epochRounds) else { return nil }
        return round / epochRounds
    }

    /// The batches of the rows that are held back.
    public var testBatches: [[Int]] { Self.cut(testRows, into: batch) }

    /// The sizes of all training batches, in their order.
    public var trainRuns: [Run] {
        var past = done
        return (0..<epochs).flatMap { _ in Self.runs(rows: trainRows.count, batch: batch) }.compactMap { run in
            let skipped = min(past, run.count)
            past -= skipped
            return skipped == run.count ? nil : Run(count: run.count - skipped, rows: run.rows)
        }
    }

    /// The sizes of the batches of the rows that are held back, in their order.
    public var testRuns: [Run] { Self.runs(rows: testRows.count, batch: batch) }

    /// The round after round `index`, counted over training and then evaluation; nil after the last.
    package func round(after index: Int) -> UpcomingRound? {
        var left = index + 1
        for (runs, training) in [(trainRuns, true), (testRuns, false)] {
            for run in runs {
                if left < run.count { return UpcomingRound(rows: run.rows, training: training) }
                left -= run.count
            }
        }
        return nil
    }

    /// Batches of at most `batch` rows whose sizes differ by one at most, the larger ones first. A short last batch would take a
    /// far too long step: the velocity is a sum over earlier batches, and is divided by the rows of this one.
    private static func runs(rows: Int, batch: Int) -> [Run] {
        guard rows > 0 else { return [] }
        let count = (rows + batch - 1) / batch
        let (size, larger) = (rows / count, rows % count)
        return [Run(count: larger, rows: size + 1), Run(count: count - larger, rows: size)].filter { $0.count > 0 }
    }

    private static func cut(_ rows: [Int], into batch: Int) -> [[Int]] {
        var rest = rows[...]
        return runs(rows: rows.count, batch: batch).flatMap { run in
            (0..<run.count).map { _ in
                defer { rest = rest.dropFirst(run.rows) }
                return Array(rest.prefix(run.rows))
            }
        }
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
