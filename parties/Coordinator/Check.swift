import ArgumentParser
import Coordination
import Foundation
import Jobs
import Specification
import Support
import WideArea

/// `colonnade check`: everything that can be known before anything private moves.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Reachability of every pair, versions, schemas, policies; time, bytes and memory; nothing private moves.",
        discussion: """
            For the time, jobs of the same shape over few made-up rows are run on this machine, which takes some seconds; their \
            times are drawn out to the job's rows and to the speed of the parties' machines. Parties of one host in \
            partners.yaml share a machine.
            """)

    @OptionGroup var options: JobOptions
    @OptionGroup var coordinator: CoordinatorFolder

    @Flag(help: "Leave out what takes seconds: no estimate of time, a rougher one of bytes.")
    var quick = false

    @Option(
        help:
            "What lies between the parties: bandwidth each way between every two, and round-trip time, as in 300mbit,20ms.",
        transform: { try WideArea($0) })
    var wan: WideArea?

    func validate() throws {
        if options.output.reportPath != nil || options.output.html != nil {
            throw ValidationError("there is no report before a job has run; --json prints what check finds")
        }
        if quick, wan != nil { throw ValidationError("--wan is for the estimate of time, which --quick leaves out") }
    }

    func run() throws {
        try exiting {
            let session = try JobSession(options.read(), folder: coordinator.folder)
            defer { session.endpoint.stop() }
            let proposal = try session.prepare()
            try session.reach(proposal)
            if !options.output.json { show(proposal) }
            // Who has to approve the job wants to know what it takes, too.
            try session.propose(proposal) { try estimate(proposal, session) }
            session.controller.takeLeave()
            if !options.output.json { print("every party accepts it") }
        }
    }

    private func show(_ proposal: JobController.Proposal) {
        print("job \(proposal.hash)")
        for (party, description) in proposal.descriptions.sorted(by: { $0.key < $1.key }) {
            let columns = proposal.effective.job.member(party)?.columns ?? []
            print("  \(party): \(description.rows) rows; \(columns.joined(separator: ", "))")
        }
        print("every pair reaches each other; versions and specifications agree")
    }

    private func estimate(_ proposal: JobController.Proposal, _ session: JobSession) throws {
        var forecast: Forecast?
        if !quick, proposal.effective.job.predict == nil {
            // A job that cannot be rehearsed can perhaps be run all the same; most often the sentence says why it cannot.
            do { forecast = try self.forecast(proposal, session) } catch {
                say("warning: no estimate of time: \(error)")
            }
        }
        if let forecast {
            return options.output.json ? try printJSON(forecast) : print(forecast.text(over: wan))
        }
        let estimate = Estimate(proposal)
        guard !options.output.json else { return try printJSON(estimate) }
        print(
            "at most \(estimate.rows) rows, \(estimate.rounds) rounds, about \(Report.size(estimate.bytes)) between all parties"
                + (estimate.leavesOutTables ? ", embedding tables not counted" : ""))
    }

    private func forecast(_ proposal: JobController.Proposal, _ session: JobSession) throws -> Forecast {
        let demands = try session.controller.measure(proposal)
        let plan = JobPlan(proposal.effective.job, demands)
        for warning in plan.warnings { say("warning: \(warning)") }
        if !options.output.json, plan.parties.contains(where: { $0.histories != nil }) { print(plan.text) }
        let rehearsal = Rehearsal(
            proposal.effective.job, rows: demands.values.map(\.ids).min() ?? 0, demands: demands)
        let federation = try RehearsedFederation(proposal.effective.job.parties)
        defer { federation.remove() }
        var done: [(run: Rehearsal.Run, report: Report)] = []
        while let run = rehearsal.next(after: done) {
            if !options.output.quiet {
                say("  rehearsing with \(run.madeUp.rows) made-up rows, protection \(run.madeUp.job.protection) ...")
            }
            done.append((run, try federation.run(run.madeUp, over: wan)))
        }
        let machines = try machines(of: proposal.effective.job.parties)
        return rehearsal.forecast(
            done, machines: machines.map(\.parties),
            power: machines.count == 1 && machines[0].isHere ? nil : MachinePower.measure())
    }

    /// Parties by the hosts at which they are reached from here.
    private func machines(of parties: [Party]) throws -> [(parties: [Party], isHere: Bool)] {
        let list = try PartnerList(folder: coordinator.folder)
        let hosts = Dictionary(grouping: parties) { party in
            let host = list.partners[party]?.address?.host ?? ""
            return host == "localhost" || host.hasPrefix("127.") || host == "::1" ? "" : host
        }
        return hosts.map { ($0.value, $0.key.isEmpty) }
    }

    private func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

extension Forecast {
    /// For a person, on three lines.
    fileprivate func text(over network: WideArea?) -> String {
        func each(_ sizes: [Party: Int]) -> String {
            sizes.sorted { $0.key < $1.key }.map { "\($0.key) \(Report.size($0.value))" }.joined(separator: ", ")
        }
        func time(_ seconds: Double) -> String { Report.time(seconds) }
        return """
            at most \(rows) rows, \(rounds) rounds, about \(Report.size(bytes)) between all parties
            about \(time(seconds.total)) (align \(time(seconds.align)), train \(time(seconds.train)), \
            evaluate \(time(seconds.evaluate)), other \(time(seconds.other))), \
            \(network.map { "over \($0)" } ?? "without what a network between them adds (--wan)")
            peak memory: \(each(peakMemoryBytes)); on disk: \(each(diskBytes))
            """
    }
}
