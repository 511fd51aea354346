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

    @Option(
        help: ArgumentHelp(
            "Write a picture (SVG) of each plan that a party's ranks share into this folder.", valueName: "folder"))
    var drawings: String?

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
                try draw(plan)
                guard options.output.json else { return print(plan.text) }
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(plan), as: UTF8.self))
            }
            session.controller.takeLeave()
        }
    }

    private func draw(_ plan: JobPlan) throws {
        guard let drawings else { return }
        try FileManager.default.createDirectory(atPath: drawings, withIntermediateDirectories: true)
        if plan.drawings.isEmpty { say("no party's ranks share a training, so there is nothing to draw") }
        for drawing in plan.drawings {
            let path = "\(drawings)/\(drawing.name)"
            try drawing.svg.write(toFile: path, atomically: true, encoding: .utf8)
            say("wrote \(path)")
        }
    }
}
