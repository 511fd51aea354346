import ArgumentParser
import Coordination
import Foundation
import Jobs
import Support

/// `colonnade check`: everything that can be known before anything private moves.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reachability of every pair, versions, schemas, policies; nothing private moves.")

    @OptionGroup var options: JobOptions
    @OptionGroup var coordinator: CoordinatorFolder

    func run() throws {
        try exiting {
            let session = try JobSession(options.read(), folder: coordinator.folder)
            defer { session.endpoint.stop() }
            let proposal = try session.controller.prepare()
            let unreachable = try session.controller.reach(proposal)
            guard unreachable.isEmpty else { throw ControlError.incompatible(unreachable) }
            let estimate = Estimate(proposal)
            if options.output.json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys]
                print(String(decoding: try encoder.encode(estimate), as: UTF8.self))
            } else {
                show(proposal, estimate)
            }
            // Last, since it ends the command where a person still has to approve.
            _ = try session.controller.propose(proposal)
            if !options.output.json { print("every party accepts it") }
        }
    }

    private func show(_ proposal: JobController.Proposal, _ estimate: Estimate) {
        print("job \(proposal.hash)")
        for (party, description) in proposal.descriptions.sorted(by: { $0.key < $1.key }) {
            let columns = proposal.effective.job.member(party)?.columns ?? []
            print("  \(party): \(description.rows) rows; \(columns.joined(separator: ", "))")
        }
        let (rows, rounds, size) = (estimate.rows, estimate.rounds, Report.size(estimate.bytes))
        print("every pair reaches each other; versions and specifications agree")
        print(
            "at most \(rows) rows, \(rounds) rounds, about \(size) between all parties"
                + (estimate.leavesOutTables ? ", embedding tables not counted" : ""))
    }
}

/// `colonnade run`: the job, from alignment to the sealed transcripts.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Align, train, evaluate and seal a job among parties that are serving.")

    @OptionGroup var options: JobOptions
    @OptionGroup var coordinator: CoordinatorFolder

    @Flag(help: "Return once every party has accepted the job; a process of its own goes on with it.")
    var detach = false

    func validate() throws {
        if detach, options.output.reportPath != nil || options.output.html != nil {
            throw ValidationError("--detach returns before there is a report: write it later, with colonnade report ID")
        }
    }

    func run() throws {
        try exiting {
            let session = try JobSession(options.read(), folder: coordinator.folder)
            if detach {
                let offer: JobSession.Offer
                do {
                    defer { session.endpoint.stop() }
                    offer = try session.offer()
                }
                return try Detached.start(offer.record, folder: coordinator.folder, isJSON: options.output.json)
            }
            defer { session.endpoint.stop() }
            try JobSession.deliver(session.run(quiet: options.output.quiet).0, options.output)
        }
    }
}
