import ArgumentParser
import Foundation
import Jobs
import ParallelPlanning
import Support

/// `colonnade-party profile`: measures what plans for the party's ranks are made of.
struct Profile: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure this party's machine, or its ranks', for plans of how they share the training of a tower.",
        discussion: """
            Done once for each size of tower, with nothing else to do for the machines; a job that finds no measurement has it made. \
            What is written are times and sizes of machines, nothing of the party's data.
            """)

    @Argument(help: "The party file.")
    var file: String

    @Option(help: "Numbers that stand for an event within the tower.")
    var width = 64

    @Option(help: "Heads of each layer's attention.")
    var heads = 4

    @Option(help: "Events that are looked at at once.")
    var events = 128

    func validate() throws {
        guard width > 0, heads > 0, events > 0, width.isMultiple(of: heads) else {
            throw ValidationError("--width, --heads and --events are 1 or more, and heads divide the width")
        }
    }

    func run() throws {
        try exiting {
            let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let measurement = try ClusterMeasurement(
                PartyFile(path: file), program: program, width: width, heads: heads, events: events
            ) { say($0) }
            for host in measurement.profile.hosts { print(Self.line(host, measurement.profile)) }
            for collective in measurement.profile.collectives { print(Self.line(collective)) }
            print("written       \(measurement.path)")
        }
    }

    private static func line(_ host: ClusterProfile.Host, _ profile: ClusterProfile) -> String {
        let memory = String(format: "%.1f", Double(host.memoryBytes) / Double(1 << 30))
        var line =
            "machine       \(host.name): \(host.cores) cores, \(memory) GiB, \(host.ranks) "
            + (host.ranks == 1 ? "rank" : "ranks")
        if let sample = host.forward.max(by: { $0.sequences * $0.length < $1.sequences * $1.length }) {
            let rate = (sample.denseOperations + sample.attentionOperations) / sample.seconds / 1e9
            line += String(
                format: "; a layer of %d events takes %.2f ms forth and %.2f ms back: %.0f GFLOP/s a rank",
                sample.sequences * sample.length, 1e3 * sample.seconds,
                1e3 * sample.seconds * profile.backwardFactor, rate)
        }
        return line
    }

    private static func line(_ collective: ClusterProfile.Collective) -> String {
        String(
            format: "exchange      %@ of %d ranks%@: %.0f us, then %.2f GB/s",
            collective.kind.rawValue, collective.ranks, collective.acrossHosts ? " on several machines" : "",
            1e6 * collective.latency, collective.secondsAByte > 0 ? 1e-9 / collective.secondsAByte : 0)
    }
}
