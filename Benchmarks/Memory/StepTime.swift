import ArgumentParser
import Foundation
import StaticExecution

/// How long one training step takes on one thread.
struct StepTime: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step",
        abstract: "One training step of one history on one thread; against PyTorch.",
        discussion: """
            The best of some steps, in rounds that take turns with the reference, where --torch names a Python that has \
            PyTorch: it runs Benchmarks/Memory/torch_step.py, the same model with the attention that its version has, on one \
            thread. `planned` and `touched` are the arena's peak as planned and the end of the bytes that a step wrote to.
            """)

    @OptionGroup var sizes: ModelOptions

    @Option(help: "Events of the history.")
    var events = 1024

    @Option(help: "Rounds.")
    var rounds = 5

    @Option(help: "A Python with PyTorch.")
    var torch: String?

    @Option(help: "The reference's script.")
    var script = "Benchmarks/Memory/torch_step.py"

    func run() throws {
        let model = sizes.model
        let policies = [("plain", StepPolicy.plain()), ("computed again", .recomputing())]
        let steps = try policies.map { name, policy in
            (
                name,
                try MeasuredStep(
                    model, StepProgram(training: model.graph, extent: .init(events: events), policy: policy))
            )
        }
        var best = Array(repeating: Double.infinity, count: steps.count)
        var reference = Double.infinity
        for round in 0..<rounds {
            for (place, (_, step)) in steps.enumerated() {
                for _ in 0..<3 { best[place] = min(best[place], try step.run(step: round).seconds) }
            }
            if let torch { reference = min(reference, try torchSeconds(torch)) }
        }
        print("width \(sizes.width), \(sizes.layers) blocks, \(events) events")
        for ((name, step), seconds) in zip(steps, best) {
            var line = "\(name): \((seconds * 1e3).text(0)) ms, planned \(step.program.arenaBytes.mebibytes)"
            line += step.program.certificate.proven ? " (proven least)" : ""
            if reference.isFinite { line += ", \((seconds / reference).text(2)) of PyTorch's time" }
            print(line)
        }
        if reference.isFinite { print("PyTorch: \((reference * 1e3).text(0)) ms") }
    }

    private func torchSeconds(_ python: String) throws -> Double {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            [python, script] + [sizes.width, sizes.layers, sizes.heads, sizes.kinds, events].map(String.init)
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0, let seconds = Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { throw ValidationError("\(python) \(script) failed: \(text)") }
        return seconds
    }
}
