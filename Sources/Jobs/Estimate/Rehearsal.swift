public import Coordination
public import Specification

/// How a job's time and bytes are estimated: jobs over few made-up rows are run where the coordinator is, and what they took is drawn
/// out to the rows of the real one.
///
/// Nearly everything takes a constant and so much for each row, or round. Under protection rounds are dear and rows in the clear cheap,
/// so that two pairs of jobs are run: one under protection over few rows, for keys and rounds; one in the clear over many, for what is
/// done with rows.
public struct Rehearsal: Sendable {
    /// A job, and what it is run for.
    public struct Run: Sendable {
        /// What is run.
        public let madeUp: MadeUpJob
        let isProtected: Bool
    }

    private let estimate: Estimate
    private let job: Job
    private let demands: [Party: PartyDemand]
    /// Of the job's rows, those that are measured.
    private let testShare: Double
    private let whole: (train: Int, measure: Int)

    /// Training rounds of the first job under protection; those of the second one take about so many seconds, if rows suffice.
    private static let firstRounds = 2
    private static let seconds = 8.0
    private static let mostRounds = 48
    /// Rows of the two jobs in the clear, at most.
    private static let clearRows = [4096, 16_384]
    private static let leastRows = 16

    /// - Parameters:
    ///   - job: With every party's columns named; it trains.
    ///   - rows: The fewest that any party offers.
    ///   - demands: Of every party.
    public init(_ job: Job, rows: Int, demands: [Party: PartyDemand]) {
        estimate = Estimate(job, rows: rows, demands: demands)
        (self.job, self.demands) = (job, demands)
        let schedule = Schedule(job: job, rows: estimate.rows)
        let measured = schedule.testRows.count + schedule.validationRows.count
        let validations = job.train.earlyStopping == nil ? 1 : job.train.epochs
        whole = (schedule.trainRounds, schedule.testBatches.count + validations * schedule.validationBatches.count)
        testShare = Double(measured) / Double(max(1, estimate.rows))
    }

    /// What is to be run next; `nil` once there is enough.
    ///
    /// - Parameter reports: What came of those before, in order.
    public func next(after done: [(run: Run, report: Report)]) -> Run? {
        let dear = done.filter(\.run.isProtected)
        if job.protection == .blind, dear.isEmpty { return protected(rounds: Self.firstRounds) }
        if dear.count == 1, let (run, report) = dear.first {
            let each = max(0.001, report.seconds.train / Double(run.madeUp.rounds.train))
            let rounds = min(Self.mostRounds, max(3 * Self.firstRounds, Int(Self.seconds / each)))
            let next = protected(rounds: rounds)
            if next.madeUp.rows > run.madeUp.rows { return next }
        }
        let clear = done.count - dear.count
        guard clear < Self.clearRows.count else { return nil }
        let next = madeUp(.none, rows: Self.clearRows[clear])
        return clear > 0 && next.madeUp.rows == done.last?.run.madeUp.rows ? nil : next
    }

    private func protected(rounds: Int) -> Run {
        let epochs = min(job.train.epochs, MadeUpJob.mostEpochs)
        let rowsTrained = (rounds + epochs - 1) / epochs * min(job.train.batch, MadeUpJob.mostBatch)
        return madeUp(.blind, rows: Int((Double(rowsTrained) / max(0.1, 1 - testShare)).rounded(.up)))
    }

    private func madeUp(_ protection: Job.Protection, rows: Int) -> Run {
        let rows = max(Self.leastRows, min(rows, estimate.rows))
        return Run(
            madeUp: MadeUpJob(like: job, demands: demands, protection: protection, rows: rows, testShare: testShare),
            isProtected: protection == .blind)
    }

    /// What the job will take, if all rows of the smallest party are common.
    ///
    /// - Parameters:
    ///   - pairs: What was run, and what came of it.
    ///   - machines: Parties that share a machine stand together.
    ///   - power: Of the machine where the runs were, as ``MachinePower`` measures it; `nil` where all parties are there, too.
    public func forecast(
        _ pairs: [(run: Run, report: Report)], machines: [[Party]], power: Double?
    ) -> Forecast {
        let dear = pairs.filter(\.run.isProtected)
        let clear = pairs.filter { !$0.run.isProtected }
        let rounds = dear.isEmpty ? clear : dear
        let rows = Double(estimate.rows)
        func points(
            _ pairs: [(run: Run, report: Report)], by x: (Run) -> Double, _ y: (PartyReport.Seconds) -> Double
        ) -> Line { Line(pairs.map { (x($0.run), y($0.report.seconds)) }) }
        func byRows(_ y: (PartyReport.Seconds) -> Double) -> Line {
            points(clear, by: { Double($0.madeUp.rows) }, y)
        }
        // Larger batches than those rehearsed, and fewer of them.
        let batch = Double(job.train.batch) / Double(min(job.train.batch, MadeUpJob.mostBatch))
        let train = points(rounds, by: { Double($0.madeUp.rounds.train) }, \.train)
        let measure = points(rounds, by: { Double($0.madeUp.rounds.measure) }, \.evaluate)
        let factor = slowness(rounds.last?.report, machines, power)
        var seconds = Forecast.Seconds()
        seconds.align =
            job.align.reuse == nil
            ? byRows(\.align).value(at: Double(demands.values.map(\.ids).max() ?? 0)) * factor
                + (demands.values.map(\.sortSeconds).max() ?? 0) : 0
        seconds.train = (train.start + train.slope * batch * Double(whole.train)) * factor
        seconds.evaluate = (measure.start + measure.slope * batch * Double(whole.measure)) * factor
        let other = byRows(\.other)
        let constant = dear.isEmpty ? other.start : dear.map(\.report.seconds.other).reduce(0, +) / Double(dear.count)
        // Encoders of histories learn at all parties at the same time, as their own machines' plans have it.
        let histories = demands.values.map { $0.histories?.reduce(0) { $0 + $1.seconds } ?? 0 }
        seconds.other = constant * factor + other.slope * rows + (histories.max() ?? 0)
        return Forecast(
            rows: estimate.rows, rounds: estimate.rounds, bytes: bytes(rounds), seconds: seconds,
            peakMemoryBytes: demands.mapValues(\.peakMemoryBytes), diskBytes: demands.mapValues(\.diskBytes))
    }

    /// The formula's bytes, put right by what it says of the rehearsed jobs.
    private func bytes(_ pairs: [(run: Run, report: Report)]) -> Int {
        guard let last = pairs.last else { return estimate.bytes }
        let formula = Estimate(last.run.madeUp.job, rows: last.run.madeUp.rows, demands: demands).bytes
        let found = last.report.bytes.values.reduce(0) { $0 + $1.values.reduce(0, +) }
        return Int(Double(estimate.bytes) * Double(found) / Double(max(1, formula)))
    }

    /// How much longer the same takes the parties' machines: that of the one which has most to do, as it does it.
    private func slowness(_ report: Report?, _ machines: [[Party]], _ power: Double?) -> Double {
        guard let work = report?.processorSeconds, let power else { return 1 }
        let all = work.values.reduce(0, +)
        guard all > 0 else { return 1 }
        let longest = machines.map { parties in
            let speed = parties.compactMap { demands[$0]?.power }.min() ?? power
            return parties.reduce(0) { $0 + work[$1, default: 0] } * power / max(speed, 1)
        }.max()
        return (longest ?? all) / all * (machines.count > 1 ? Self.waiting : 1)
    }

    /// Parties on machines of their own work at the same time, but for what they wait for each other.
    private static let waiting = 1.25
}

/// A straight line through one or two points, that neither falls nor begins below nothing.
private struct Line {
    let start: Double
    let slope: Double

    init(_ points: [(x: Double, y: Double)]) {
        guard let first = points.first, let last = points.last else {
            (start, slope) = (0, 0)
            return
        }
        let slope = last.x > first.x ? max(0, (last.y - first.y) / (last.x - first.x)) : last.y / max(1, last.x)
        self.slope = min(slope, last.y / max(1, last.x))
        start = max(0, last.y - self.slope * last.x)
    }

    func value(at x: Double) -> Double { start + slope * x }
}

extension PartyReport.Seconds {
    /// Keys, preparation, baselines, the seal: all that is neither alignment nor rounds.
    fileprivate var other: Double { max(0, total - align - train - evaluate) }
}
