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
            let session = try JobSession(options, folder: coordinator.folder)
            defer { session.endpoint.stop() }
            let proposal = try session.controller.prepare()
            let unreachable = try session.controller.reach(proposal)
            guard unreachable.isEmpty else { throw ControlError.incompatible(unreachable) }
            _ = try session.controller.propose(proposal)
            let estimate = Estimate(proposal.effective.job, rows: proposal.descriptions.values.map(\.rows).min() ?? 0)
            if options.json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys]
                print(String(decoding: try encoder.encode(estimate), as: UTF8.self))
                return
            }
            print("job \(proposal.hash): every party accepts it")
            for (party, description) in proposal.descriptions.sorted(by: { $0.key < $1.key }) {
                let columns = proposal.effective.job.member(party)?.columns ?? []
                print("  \(party): \(description.rows) rows; \(columns.joined(separator: ", "))")
                if description.certificateDays < 30 {
                    print("  \(party): its certificate expires in \(description.certificateDays) days")
                }
            }
            print("every pair reaches each other; versions and specifications agree")
            print(
                "at most \(estimate.rows) rows, \(estimate.rounds) rounds, about \(Report.size(estimate.bytes)) between all parties"
            )
        }
    }
}

/// `colonnade run`: the job, from alignment to the sealed transcripts.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Align, train, evaluate and seal a job among parties that are serving.")

    @OptionGroup var options: JobOptions
    @OptionGroup var coordinator: CoordinatorFolder

    func run() throws {
        try exiting {
            let session = try JobSession(options, folder: coordinator.folder)
            defer { session.endpoint.stop() }
            try JobSession.deliver(session.run(quiet: options.quiet).0, options)
        }
    }
}
