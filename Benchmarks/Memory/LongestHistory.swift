import ArgumentParser
import StaticExecution

/// The longest history that a budget of memory can learn from.
struct LongestHistory: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "longest",
        abstract: "The longest history that one step learns from within a budget, in three ways.",
        discussion: """
            `plain` keeps every tensor that the way back needs; `computed again` keeps each layer's input and attention, and \
            computes the rest again; `planned` also puts tensors away, on the disk or in memory that the budget has left. Bytes are \
            those of the arena and the host's pool. The longest step of each is run once, if --steps is given.
            """)

    @OptionGroup var sizes: ModelOptions

    @Option(help: "MiB of memory.")
    var budget = 256

    @Option(help: "A folder for what is put away.")
    var scratch = "/tmp"

    @Flag(help: "Run one step of the longest history of each.")
    var steps = false

    func run() throws {
        let model = sizes.model
        let machine = try MachineProfile.measured(directory: scratch)
        let planner = StepPlanner(budget: budget << 20, machine: machine, diskBytes: 1 << 40)
        print("width \(sizes.width), \(sizes.layers) blocks, \(budget) MiB; \(machine.summary)")
        func fitting(_ policies: [StepPolicy]) -> (Int) -> StepProgram? {
            { events in
                policies.lazy.compactMap {
                    try? StepProgram(training: model.graph, extent: .init(events: events), policy: $0)
                }.first { $0.arenaBytes <= planner.budget }
            }
        }
        let chunks = [1024, 512, 256, 128]
        for (name, policies) in [
            ("plain", chunks.map { StepPolicy.plain(chunk: $0) }),
            ("computed again", chunks.map { StepPolicy.recomputing(chunk: $0) }),
        ] {
            guard let (events, program) = longest(fitting(policies)) else { continue }
            try report(name, events, program, tiers: [])
        }
        guard
            let (events, planned) = longest({ events in
                try? planner.plan(training: model.graph, extent: .init(events: events))
            })
        else { return }
        let policy = planned.program.policy
        try report(
            "planned, alpha \(policy.alpha.text(2)), \(policy.swapped) stages put away", events, planned.program,
            tiers: planned.tiers)
        print(
            "  on the disk \(planned.forecast.fileBytes.mebibytes), in the host's pool "
                + "\(planned.forecast.hostBytes.mebibytes), expected \(planned.forecast.seconds.text(1)) s, "
                + "stall \((100 * planned.forecast.stall).text(1)) %")
    }

    /// Doubling, then halving, to multiples of 1024.
    private func longest<Result>(_ fit: (Int) -> Result?) -> (Int, Result)? {
        guard var best = fit(1024) else { return nil }
        var (low, high) = (1, 2)
        while let result = fit(1024 * high) { (best, low, high) = (result, high, 2 * high) }
        while high - low > 1 {
            let middle = (low + high) / 2
            if let result = fit(1024 * middle) { (best, low) = (result, middle) } else { high = middle }
        }
        return (1024 * low, best)
    }

    private func report(_ name: String, _ events: Int, _ program: StepProgram, tiers: [TensorTier]) throws {
        var line = "\(name): \(events) events, arena \(program.arenaBytes.mebibytes)"
        if steps {
            let step = try MeasuredStep(sizes.model, program, tiers: tiers, scratch: scratch)
            let result = try step.run(step: 0)
            line += ", one step \(result.seconds.text(1)) s, loss \(result.loss.text(3))"
        }
        print(line)
    }
}
