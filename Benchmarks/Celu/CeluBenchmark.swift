import ArgumentParser
import Foundation
import Jobs
import Link
import Specification
import WideArea

/// How many rounds, and how much time over a slow network, local updates save.
struct CeluBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "celu",
        abstract: "Rounds and time to a target AUC: plain training, FedBCD and CELU-VFL.",
        discussion: """
            Trains the jobs in Benchmarks/Celu/Jobs with all parties in this process, under recorded randomness, over links with \
            an emulated bandwidth and round-trip time. After every few rounds the parties' parts are kept; when a run is over, \
            they are put together and measured on the held-back rows, which takes none of its time. To be started in the \
            repository; needs python3 to prepare the data.
            """)

    @Option(help: "Where the raw data are, one folder for each set; what is not there is left out.")
    var data = "../shared/data"

    @Option(parsing: .upToNextOption, help: "Only these data sets.")
    var only: [String] = []

    @Option(
        parsing: .upToNextOption, help: "Only this protection: blind or none; both by default.",
        transform: Self.parse)
    var protection: [Job.Protection] = [.none, .blind]

    @Option(parsing: .upToNextOption, help: "Only these methods.", transform: Self.parse)
    var method: [CeluMethod] = CeluMethod.allCases

    @Option(help: "Runs of each method: each has rows, order, weights and masks of its own.")
    var seeds = 5

    @Option(help: "The first run's seed. Rates and lengths were chosen on 1 to 5, so a table of others confirms them.")
    var firstSeed = 6

    @Option(name: .customLong("set"), help: "A change to the job files, KEY=VALUE; what a method sets itself stands.")
    var changes: [String] = []

    @Option(help: "Bits of the keys.")
    var bits = 2048

    @Option(help: "Rounds from one point of the curve to the next.")
    var every = 5

    @Option(help: "Bandwidth in each direction and round-trip time of every link.", transform: { try WideArea($0) })
    var wan = WideArea(bitsPerSecond: 300_000_000, roundTrip: .milliseconds(20))

    @Option(help: "A folder for plots, one SVG file for each data set and protection.")
    var plot: String?

    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    @Flag(help: "Print the table of Benchmarks/README.md.")
    var markdown = false

    func validate() throws {
        guard seeds > 0, firstSeed > 0, every > 0 else {
            throw ValidationError("--seeds, --first-seed and --every are 1 or more")
        }
        guard !json || !markdown else { throw ValidationError("--json and --markdown exclude each other") }
        for name in only where !CeluTask.all.contains(where: { $0.set == name }) {
            throw ValidationError("there is no data set \(name): \(CeluTask.all.map(\.set).joined(separator: ", "))")
        }
        guard FileManager.default.fileExists(atPath: CeluTask.all[0].path) else {
            throw ValidationError("there is no \(CeluTask.all[0].path) here: start this in the repository")
        }
    }

    func run() throws {
        let chosen = firstSeed...firstSeed + seeds - 1
        var table = CeluTable(
            wideArea: "\(wan)", seeds: chosen, style: json ? .json : markdown ? .markdown : .text)
        for task in CeluTask.all where only.isEmpty || only.contains(task.set) {
            guard FileManager.default.fileExists(atPath: "\(data)/\(task.set)") else {
                say("\(task.set): left out, there is no \(data)/\(task.set)")
                continue
            }
            let federation = try QualityFederation(
                QualityJob(name: task.set, path: task.path, job: Job(path: task.path)), data: data)
            for protection in protection {
                let methods = CeluMethod.allCases.filter { method.contains($0) }
                // Methods take turns: what else the machine does falls on all of them alike.
                var runs: [CeluMethod: [CeluRun]] = [:]
                for seed in chosen {
                    for method in methods {
                        runs[method, default: []].append(try run(task, protection, method, seed: seed, federation))
                    }
                }
                for method in methods {
                    table.add(CeluRow(task, protection, method, runs[method] ?? [], beside: table.rows))
                }
                let rows = table.rows.filter { $0.set == task.set && $0.protection == protection.rawValue }
                guard let plot else { continue }
                try FileManager.default.createDirectory(atPath: plot, withIntermediateDirectories: true)
                try CeluPlot(rows, targets: task.targets).svg.write(
                    toFile: "\(plot)/\(task.set)-\(protection.rawValue).svg", atomically: true, encoding: .utf8)
            }
        }
        try table.finish()
    }

    private func run(
        _ task: CeluTask, _ protection: Job.Protection, _ method: CeluMethod, seed: Int,
        _ federation: QualityFederation
    ) throws -> CeluRun {
        let job = try task.job(method, protection, bits: bits, seed: seed, changes: changes)
        let recorded = try federation.recorded(job, purpose: "celu \(seed)")
        federation.forget()
        let curve = TrainingCurve(every: every)
        let report = try recorded.run(over: MemoryNetwork(parties: job.parties, over: wan), curve: curve)
        let run = CeluRun(report, try recorded.points(curve))
        let reached = task.targets.map { target in
            "\(target) after \(run.rounds(to: target).map { "\($0)" } ?? "none")"
        }
        say(
            "\(task.set), \(protection.rawValue), \(method.rawValue), seed \(seed): \(reached.joined(separator: ", ")) of "
                + "\(run.rounds) rounds, \(String(format: "%.1f", run.secondsPerRound * 1000)) ms each")
        return run
    }

    private static func parse<Value: RawRepresentable<String>>(_ text: String) throws -> Value {
        guard let value = Value(rawValue: text) else { throw ValidationError("'\(text)' is not known; see --help") }
        return value
    }
}
