import ArgumentParser
import Coordination
import Jobs
import Support
import WideArea

/// What parties that are started here write for auditors.
struct AuditOptions: ParsableArguments {
    @Flag(help: "Every party keeps a full transcript and a private view, whatever its party.yaml says.")
    var audit = false

    @Flag(help: "Besides, every party records the seed of all its randomness. INSECURE: on test data only.")
    var insecureReplay = false

    /// As `colonnade-party serve` takes them.
    var flags: [String] { (audit ? ["--audit"] : []) + (insecureReplay ? ["--insecure-replay"] : []) }
}

/// `colonnade local`: a whole federation on this machine, each party a process of its own.
struct Local: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a job with every party started here, as its own process.",
        discussion: """
            The folder of parties holds one folder for each party, with its party.yaml, and one named coordinator. The \
            report also holds the baseline that needs all data in one place.
            """)

    @OptionGroup var options: JobOptions

    @Option(help: "The folder that holds PARTY/party.yaml for each party, and coordinator/.")
    var parties = "."

    @Option(
        help:
            "Emulate a network between the parties: bandwidth each way between every two, and round-trip time, as in 300mbit,20ms.",
        transform: { try WideArea($0) })
    var wan: WideArea?

    @OptionGroup var auditing: AuditOptions

    func run() throws {
        try exiting {
            try PartyProcess.together(
                options.read(), parties: parties, over: wan, auditing: auditing, quiet: options.output.quiet
            ) { session, files in
                var (report, proposal) = try session.run(quiet: options.output.quiet)
                report.baselines["colocated"] = try Colocated.metrics(proposal.effective.job, parties: files)
                try JobSession.deliver(report, options.output)
            }
        }
    }
}
