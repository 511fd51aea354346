import ArgumentParser
import Foundation
import StaticExecution
import Tiers

typealias TensorTier = TensorStore.Tier

extension MachineProfile {
    var summary: String {
        "products \((productRate / 1e9).text(0)) GFLOP/s, disk \((writeRate / 1e9).text(2)) GB/s written, "
            + "\((readRate / 1e9).text(2)) read"
    }
}

/// A few steps of very long histories.
struct LongHistory: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Learns from some histories of a given length within a budget, and says what it took.")

    @OptionGroup var sizes: ModelOptions

    @Option(help: "Events of each history.")
    var events = 65_536

    @Option(help: "MiB of memory for arena and host pool.")
    var budget = 1024

    @Option(help: "Histories.")
    var histories = 2

    @Option(help: "A folder for what is put away.")
    var scratch = "/tmp"

    func run() throws {
        let machine = try MachineProfile.measured(directory: scratch)
        let planner = StepPlanner(budget: budget << 20, machine: machine, diskBytes: 1 << 40)
        let planned = try planner.plan(training: sizes.model.graph, extent: .init(events: events))
        let (program, forecast) = (planned.program, planned.forecast)
        print("width \(sizes.width), \(sizes.layers) blocks, \(events) events in \(budget) MiB; \(machine.summary)")
        print(
            "planned: arena \(program.arenaBytes.mebibytes), alpha \(program.policy.alpha.text(2)), "
                + "\(program.policy.swapped) stages put away, host \(forecast.hostBytes.mebibytes), "
                + "disk \(forecast.fileBytes.mebibytes), \(forecast.seconds.text(1)) s a step, "
                + "stall \((100 * forecast.stall).text(1)) %")
        let before = peakMemory
        let step = try MeasuredStep(sizes.model, program, tiers: planned.tiers, scratch: scratch)
        for history in 0..<histories {
            let result = try step.run(step: history)
            let stalled = step.store.map { $0.statistics.stalled / .seconds(1) } ?? 0
            print(
                "history \(history + 1): \(result.seconds.text(1)) s (\(result.forth.text(1)) there), loss "
                    + "\(result.loss.text(4)), waited for the disk \(stalled.text(2)) s so far")
        }
        print("the process's peak: \(peakMemory.mebibytes), \(before.mebibytes) of it before the first step")
    }

    private var peakMemory: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (Int(line.split(separator: " ").dropLast().last ?? "0") ?? 0) << 10
    }
}
