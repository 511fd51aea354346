import ArgumentParser
import Foundation
import Jobs

/// How good federated models are: beside the same model on all columns in one place, and beside the label party alone.
struct QualityBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quality",
        abstract: "Federated models against all columns in one place, and against the label party alone.",
        discussion: """
            Runs every job in Benchmarks/Quality/Jobs with `colonnade local`: real data, a process for each party, mutual \
            TLS and, unless told otherwise, ciphertexts. To be started in the repository, after `swift build -c release`.
            """)

    @Option(help: "Where the raw data are, one folder for each set; what is not there is left out.")
    var data = "../shared/data"

    @Option(parsing: .upToNextOption, help: "Only these jobs or data sets: credit-mlp, or credit for all of its jobs.")
    var only: [String] = []

    @Option(help: "Runs of each job: each has a name of its own, which decides split, order and batches.")
    var seeds = 3

    @Option(help: "Bits of the keys.")
    var bits = 2048

    @Option(
        help: "What the source layers run on: blind, or none to see models without cryptography.",
        transform: Self.protection)
    var protection = Job.Protection.blind

    @Flag(
        help: """
            All parties in this process, under recorded randomness, and the model in one place from the same first weights: so that \
            nothing but the arithmetic is different.
            """)
    var sameStart = false

    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    @Flag(help: "Print the table of Benchmarks/README.md.")
    var markdown = false

    func validate() throws {
        guard seeds > 0 else { throw ValidationError("--seeds is 1 or more") }
        guard !sameStart || protection == .blind else { throw ValidationError("--same-start is about blind jobs") }
        guard !json || !markdown else { throw ValidationError("--json and --markdown exclude each other") }
        guard FileManager.default.fileExists(atPath: QualityJob.folder) else {
            throw ValidationError("there is no \(QualityJob.folder) here: start this in the repository")
        }
    }

    func run() throws {
        let jobs = try QualityJob.all(overrides: overrides)
        for name in only where !jobs.contains(where: { $0.answers(to: name) }) {
            throw ValidationError(
                "there is no job or data set \(name); jobs: \(jobs.map(\.name).joined(separator: ", "))")
        }
        var table = QualityTable(
            protection: protection, bits: bits, seeds: seeds, hasSameStart: sameStart,
            style: json ? .json : markdown ? .markdown : .text)
        var hasFailed = false
        let wanted = jobs.filter { job in only.isEmpty || only.contains(where: job.answers) }
        for (set, jobs) in Dictionary(grouping: wanted, by: \.set).sorted(by: { $0.key < $1.key }) {
            guard FileManager.default.fileExists(atPath: "\(data)/\(set)") else {
                say("\(set): left out, there is no \(data)/\(set)")
                continue
            }
            do {
                let federation = try QualityFederation(jobs[0], data: data)
                for job in jobs { table.add(QualityRow(job, try (1...seeds).map { try result(job, $0, federation) })) }
            } catch {
                // The other sets are worth having all the same.
                say("\(set): \(error)")
                hasFailed = true
            }
        }
        try table.finish()
        if hasFailed { throw ExitCode.failure }
    }

    private func result(_ job: QualityJob, _ seed: Int, _ federation: QualityFederation) throws -> QualityRow.Run {
        let overrides = overrides + ["name=\(job.set)-\(seed)"]
        let report =
            try sameStart
            ? federation.runRecorded(job, seed: seed, overrides: overrides) : federation.run(job, overrides: overrides)
        let run = try QualityRow.Run(report, job)
        say("\(job.name), seed \(seed): \(run.summary)")
        return run
    }

    private static func protection(_ text: String) throws -> Job.Protection {
        guard let protection = Job.Protection(rawValue: text) else {
            throw ValidationError("--protection takes blind or none, not \(text)")
        }
        return protection
    }

    private var overrides: [String] { ["protection=\(protection.rawValue)", "keys.bits=\(bits)"] }
}

/// A line on standard error: for people. Standard output is for results alone.
func say(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
