import ArgumentParser
import StaticExecution
import Tiers

/// What steps wait for a disk.
struct Stall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stall",
        abstract: "How long steps wait for a disk that is held to a rate, at the planned alpha and above it.",
        discussion: """
            The disk is held to --rate, and the plan is made for that. All other policies put away as many stages as the plan, \
            with other shares of the rows. All give the same bits, which is checked.
            """)

    @OptionGroup var sizes: ModelOptions

    @Option(help: "Events of the history.")
    var events = 4096

    @Option(help: "MiB of memory.")
    var budget = 96

    @Option(help: "MB a second of the disk.")
    var rate = 150.0

    @Option(help: "Steps of each, of which the median counts.")
    var steps = 3

    @Option(help: "A folder for what is put away.")
    var scratch = "/tmp"

    func run() throws {
        let model = sizes.model
        let machine = try MachineProfile.measured(directory: scratch, rate: rate * 1e6)
        let planner = StepPlanner(budget: budget << 20, machine: machine, diskBytes: 1 << 40)
        let planned = try planner.plan(training: model.graph, extent: .init(events: events))
        let policy = planned.program.policy
        print("width \(sizes.width), \(sizes.layers) blocks, \(events) events in \(budget) MiB; \(machine.summary)")
        print("planned alpha \(policy.alpha.text(3)), \(policy.swapped) stages put away")
        guard policy.swapped > 0 else { return print("nothing is put away: lower --budget") }
        var fingerprints: Set<UInt64> = []
        let shares = [0, policy.alpha, min(1, policy.alpha + 0.2), 1].reduce(into: [Double]()) {
            if !$0.contains($1) { $0.append($1) }
        }
        for alpha in shares {
            let program = try StepProgram(
                training: model.graph, extent: planned.program.extent,
                policy: StepPolicy(
                    chunk: policy.chunk, alpha: alpha, swapped: policy.swapped, hoists: policy.hoists, ring: policy.ring
                ))
            // All on the disk, so that shares can be compared.
            let tiers = program.slots.map { _ in TensorTier.file }
            let forecast = StepForecast(program, tiers: tiers, on: machine)
            let step = try MeasuredStep(model, program, tiers: tiers, scratch: scratch, rate: rate * 1e6)
            var measured: [(seconds: Double, stalled: Double)] = []
            var before = 0.0
            for index in 0..<steps {
                let seconds = try step.run(step: index).seconds
                let stalled = (step.store?.statistics.stalled ?? .zero) / .seconds(1)
                measured.append((seconds, stalled - before))
                before = stalled
            }
            fingerprints.insert(step.fingerprint)
            let median = measured.sorted { $0.seconds < $1.seconds }[measured.count / 2]
            print(
                "alpha \(alpha.text(3)): \(median.seconds.text(2)) s a step, waiting "
                    + "\((100 * median.stalled / median.seconds).text(1)) % (forecast \(forecast.seconds.text(2)) s, "
                    + "\((100 * forecast.stall).text(1)) %), \(program.putAwayBytes.mebibytes) put away")
        }
        print(fingerprints.count == 1 ? "all gradients have the same bits" : "GRADIENTS DIFFER")
    }
}
