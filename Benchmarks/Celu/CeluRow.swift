import Coordination
import Foundation
import Jobs

/// One run of a method.
struct CeluRun {
    /// The area under the curve of the held-back rows, by rounds done.
    let curve: [(round: Int, auc: Double)]
    let rounds: Int
    let secondsPerRound: Double
    /// Of the party that took longest over its local updates.
    let localSecondsPerRound: Double
    /// Of all parties' frames in training and evaluation.
    let bytesPerRound: Int
    let localUpdates: Int
    let meanWeight: Double

    init(_ report: Coordination.Report, _ points: [TrainingCurve.Point]) {
        curve = points.compactMap { point in point.metrics.auc.map { (point.round, $0) } }
        rounds = points.last?.round ?? 0
        secondsPerRound = (points.last?.seconds ?? 0) / Double(max(rounds, 1))
        localSecondsPerRound = (report.localUpdateSeconds?.values.max() ?? 0) / Double(max(rounds, 1))
        bytesPerRound = report.bytes.values.flatMap(\.values).reduce(0, +) / max(report.rounds, 1)
        localUpdates = report.localUpdates
        meanWeight = report.meanWeights?.values.min() ?? 1
    }

    /// The mean over the last tenth of the curve: one point alone goes up and down by some thousandths.
    var final: Double {
        let last = curve.suffix(max(1, curve.count / 10)).map(\.auc)
        return last.reduce(0, +) / Double(max(last.count, 1))
    }

    /// The first round at which a target is reached; `nil` if it never is.
    func rounds(to target: Double) -> Int? { curve.first { $0.auc >= target }?.round }
}

/// A method over its seeds: medians.
struct CeluRow: Encodable {
    let name, set, protection: String
    let method: CeluMethod
    let runs: Int
    /// By target: rounds, and seconds over the emulated network; a target that half of the runs never reach is missing.
    let rounds: [String: Int]
    let seconds: [String: Double]
    /// Towards the end of a run, and the best within it.
    let final, best: Double
    let secondsPerRound, localSecondsPerRound: Double
    let bytesPerRound: Int
    let localUpdates: Int
    let meanWeight: Double
    /// Rounds to the last target, of this method and of plain training at the same rates (or at its best ones, for a method at its
    /// own best rates), and how many times fewer; 0 where it is not reached.
    let ours, reference, ratio: Double
    let unit = "rounds"
    /// Median over the runs, for the plot.
    let curve: [CurvePoint]

    struct CurvePoint: Encodable {
        let round: Int
        let auc: Double
    }

    init(
        _ task: CeluTask, _ protection: Job.Protection, _ method: CeluMethod, _ runs: [CeluRun], beside rows: [CeluRow]
    ) {
        (set, self.protection, self.method, self.runs) = (task.set, protection.rawValue, method, runs.count)
        name = "\(task.set)-\(protection.rawValue)-\(method.rawValue)"
        secondsPerRound = runs.map(\.secondsPerRound).median
        var (rounds, seconds): ([String: Int], [String: Double]) = ([:], [:])
        for target in task.targets {
            // Runs that do not reach it come last.
            let reached = runs.map { $0.rounds(to: target).map(Double.init) ?? .infinity }
            let median = reached.median
            guard median.isFinite else { continue }
            rounds["\(target)"] = Int(median)
            seconds["\(target)"] = zip(runs, reached).map { $0.secondsPerRound * $1 }.median
        }
        (self.rounds, self.seconds) = (rounds, seconds)
        final = runs.map(\.final).median
        best = runs.map { $0.curve.map(\.auc).max() ?? 0 }.median
        localSecondsPerRound = runs.map(\.localSecondsPerRound).median
        bytesPerRound = runs[0].bytesPerRound
        localUpdates = runs[0].localUpdates
        meanWeight = runs.map(\.meanWeight).median
        let last = "\(task.targets[task.targets.count - 1])"
        ours = Double(rounds[last] ?? 0)
        let plain = rows.first {
            $0.set == task.set && $0.protection == protection.rawValue && $0.method == method.reference
        }
        reference = plain.map { Double($0.rounds[last] ?? 0) } ?? ours
        ratio = ours > 0 ? reference / ours : 0
        curve = runs[0].curve.indices.map { index in
            CurvePoint(
                round: runs[0].curve[index].round,
                auc: runs.compactMap { index < $0.curve.count ? $0.curve[index].auc : nil }.median)
        }
    }
}
