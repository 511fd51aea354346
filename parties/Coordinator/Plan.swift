import ArgumentParser
import Coordination
import Foundation
import Jobs
import Support

/// `colonnade plan`: what a job takes of each party's memory, disk and time, worked out at the parties, before anything private moves.
struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Memory and disk of each party, and how its tower over histories learns within its budget; nothing is run.",
        discussion: """
            Each party plans its own part from its own events and machine, and tells sizes alone. A budget that no plan fits is \
            refused with the least one that would do: exit code 65. How long the whole job takes: colonnade check.
            """)

    @OptionGroup var options: JobOptions
    @OptionGroup var coordinator: CoordinatorFolder

    func validate() throws {
        if options.output.reportPath != nil || options.output.html != nil {
            throw ValidationError("there is no report before a job has run; --json prints the plan")
        }
    }

    func run() throws {
        try exiting {
            let session = try JobSession(options.read(), folder: coordinator.folder)
            defer { session.endpoint.stop() }
            let proposal = try session.prepare()
            try session.propose(proposal) {
                let plan = JobPlan(proposal.effective.job, try session.controller.measure(proposal))
                for warning in plan.warnings { say("warning: \(warning)") }
                guard options.output.json else { return print(plan.text) }
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(plan), as: UTF8.self))
            }
        }
    }
}
