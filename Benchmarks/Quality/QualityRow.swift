import Coordination
import Evaluation
import Foundation

/// One job over its seeds: means, and the largest distance between the federation and all columns in one place.
struct QualityRow: Encodable {
    /// One run of the job.
    struct Run: Encodable {
        /// The job's first metric, of the federation.
        let ours: Double
        /// Of the same model on all columns in one place.
        let colocated: Double
        /// Of the same model on the label party's columns.
        let labelPartyOnly: Double
        /// Of boosted trees on the label party's columns, where the report has them.
        let labelPartyBoosted: Double?
        let aligned: Int
        let rounds: Int
        /// From the first frame to the end of the transcripts.
        let seconds: Double
        /// Of all parties' frames.
        let bytes: Int
        /// The exposure ratio of each feature party.
        let exposures: [String: Double]
    }

    let name: String
    let metric: String
    let parties: [String]
    let aligned: Int
    let ours, colocated, labelPartyOnly: Double
    let labelPartyBoosted: Double?
    /// Over the seeds, of |ours - colocated|.
    let largestDifference: Double
    let exposures: [String: Double]
    let rounds: Int
    let seconds, bytes: Double
    let runs: [Run]

    /// - Parameter runs: one at least.
    init(_ job: QualityJob, _ runs: [Run]) {
        func mean(_ value: (Run) -> Double) -> Double { runs.map(value).reduce(0, +) / Double(runs.count) }
        name = job.name
        metric = job.metric.rawValue
        parties = job.job.parties.map(\.name)
        aligned = runs[0].aligned
        rounds = runs[0].rounds
        ours = mean(\.ours)
        colocated = mean(\.colocated)
        labelPartyOnly = mean(\.labelPartyOnly)
        let boosted = runs.compactMap(\.labelPartyBoosted)
        labelPartyBoosted = boosted.count == runs.count ? boosted.reduce(0, +) / Double(boosted.count) : nil
        largestDifference = runs.map { abs($0.ours - $0.colocated) }.max() ?? 0
        exposures = runs.reduce(into: [:]) { $0.merge($1.exposures, uniquingKeysWith: max) }
        seconds = mean(\.seconds)
        bytes = mean { Double($0.bytes) }
        self.runs = runs
    }
}

extension QualityRow.Run {
    /// The report lacks what the table needs.
    struct Missing: Error, CustomStringConvertible { let description: String }

    /// - Throws: ``Missing``.
    init(_ report: Coordination.Report, _ job: QualityJob) throws {
        func measured(_ name: String, _ metrics: PartyReport.Metrics?) throws -> Double {
            guard let value = metrics?[keyPath: job.metric.field] else {
                throw Missing(description: "the report of \(report.job) has no \(job.metric.rawValue) of \(name)")
            }
            return value
        }
        ours = try measured("the federation", report.metrics)
        colocated = try measured("colocated", report.baselines["colocated"])
        labelPartyOnly = try measured("labelPartyOnly", report.baselines["labelPartyOnly"])
        labelPartyBoosted = report.baselines["labelPartyBoosted"]?[keyPath: job.metric.field]
        aligned = report.aligned
        rounds = report.rounds
        seconds = report.seconds.total
        bytes = report.bytes.values.reduce(0) { $0 + $1.values.reduce(0, +) }
        exposures = Dictionary(uniqueKeysWithValues: report.exposures.map { ($0.key.name, $0.value.ratio) })
    }

    /// For whoever waits.
    var summary: String {
        String(
            format: "%.4f, in one place %.4f, label party alone %.4f; %.0f s", ours, colocated, labelPartyOnly, seconds)
    }
}
