import Evaluation
import Foundation
import Jobs

/// A job file of this benchmark. The job's own name is that of its data set, so that jobs of one set share their rows.
struct QualityJob {
    /// Where they stand, seen from the repository.
    static let folder = "Benchmarks/Quality/Jobs"

    /// The file's name without its ending, as `credit-mlp`.
    let name: String
    let path: String
    let job: Job

    /// The data set's name.
    var set: String { job.name }

    /// What stands in the table: the job's first metric.
    var metric: Metric { job.evaluate.metrics[0] }

    /// All that stand in the folder, by name.
    /// - Parameter overrides: fields of every job that this run sets.
    /// - Throws: `DocumentError` with file, line and field.
    static func all(overrides: [String]) throws -> [QualityJob] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { file in
            let path = "\(folder)/\(file)"
            return QualityJob(
                name: String(file.prefix { $0 != "." }), path: path, job: try Job(path: path, overrides: overrides))
        }
    }

    /// Whether a person means this job by a name.
    func answers(to name: String) -> Bool { name == self.name || name == set }
}
