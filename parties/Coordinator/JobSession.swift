import Coordination
import Cryptography
import Foundation
import Jobs
import Link
import Specification
import Support
import TLSLink

/// One job from the coordinator's desk: connections to its parties, the proposal, the run and its record.
struct JobSession {
    let job: Job
    let folder: String
    let endpoint: TLSEndpoint
    let controller: JobController
    /// The job as far as it is known: whatever hinders it is written down under its hash.
    private let known: Known

    private struct Known {
        let encoded: [UInt8]
        /// Whether these are the bytes that parties know, so that the same job can be proposed again.
        let isProposed: Bool
    }

    /// Connects to every party of the job.
    ///
    /// - Parameter encoded: The job as it was proposed before, if it was.
    init(_ job: Job, folder: String, encoded: [UInt8]? = nil, patience: Double = 20) throws {
        var job = job
        if let model = job.predict, let record = try JobRecords(coordinatorFolder: folder).find(model) {
            // The model's columns, whatever else its parties offer by now.
            for index in job.members.indices where job.members[index].columns == nil {
                job.members[index].columns = record.columns?[job.members[index].party]
            }
        }
        self.job = job
        self.folder = folder
        known = try Known(
            encoded: encoded ?? EffectiveJob(job: job, certificates: [:], protocols: []).encoded,
            isProposed: encoded != nil)
        let list = try PartnerList(folder: folder)
        let credentials = try Credentials(
            coordinatorFolder: folder, partners: list, passphrase: .environmentOrTerminal)
        for sentence in credentials.expiries(renewing: "colonnade", at: Int(time(nil))) { say("warning: \(sentence)") }
        endpoint = try TLSEndpoint(
            identity: credentials.identity, party: Party(PartnerList.coordinatorName), pins: credentials.partners)
        do {
            let links = try Self.connect(job.parties, list, endpoint, folder, patience: patience)
            controller = JobController(
                job: job, links: links, certificates: credentials.partners, protocols: Software.spoken)
        } catch {
            endpoint.stop()
            Self.note(error, of: job, known, in: folder)
            throw error
        }
    }

    private static func connect(
        _ parties: [Party], _ list: PartnerList, _ endpoint: TLSEndpoint, _ folder: String, patience: Double
    ) throws(ControlError) -> [any Link] {
        let unknown = parties.filter { list.partners[$0]?.address == nil }.map { party in
            list.partners[party] == nil
                ? "\(party) is not known here: colonnade trust \(folder) \(party).pem --address HOST:PORT"
                : "the address of \(party) is not known here: colonnade trust \(folder) \(party).pem --address HOST:PORT"
        }
        guard unknown.isEmpty else { throw .incompatible(unknown) }
        let results = Threads.run(parties) { party -> any Link in
            guard let address = list.partners[party]?.address else { throw TLSConnector.NoAddress(partner: party) }
            return try endpoint.connect(
                to: party, at: address, purpose: ControlMessage.purpose, Wait("\(party) to answer", seconds: patience))
        }
        let failures = results.compactMapValues { if case .failure(let error) = $0 { "\(error)" } else { nil } }
        guard failures.isEmpty else { throw .unreachable(failures) }
        return parties.compactMap { try? results[$0]?.get() }
    }

    /// Does what precedes a job's beginning. What hinders it is written down, for `why` and `status`.
    private func preceding<Result>(
        _ proposal: JobController.Proposal? = nil, _ body: () throws(ControlError) -> Result
    ) throws(ControlError) -> Result {
        do { return try body() } catch {
            let known = proposal.map { Known(encoded: $0.encoded, isProposed: true) } ?? known
            Self.note(error, of: job, known, in: folder)
            throw error
        }
    }

    private static func note(_ error: ControlError, of job: Job, _ known: Known, in folder: String) {
        guard
            let record = JobRecord(job, encoded: known.encoded, isProposed: known.isProposed, hinderedBy: error),
            (try? JobRecords(coordinatorFolder: folder).save(record)) != nil
        else { return }
        say("colonnade why \(record.id) --coordinator \(folder)  repeats this later:")
    }

    /// Asks every party what it has, and makes a proposal of the job.
    func prepare() throws -> JobController.Proposal {
        try preceding { () throws(ControlError) in try controller.prepare() }
    }

    /// Lets every party try to reach its partners.
    func reach(_ proposal: JobController.Proposal) throws {
        try preceding { () throws(ControlError) in
            let unreachable = try controller.reach(proposal)
            guard unreachable.isEmpty else { throw .incompatible(unreachable) }
        }
    }

    /// Asks every party for its decision.
    ///
    /// - Parameter consider: Done with a job that nobody refuses, before it is said where a person has to approve it.
    /// - Returns: The attempt number to start with.
    @discardableResult
    func propose(_ proposal: JobController.Proposal, consider: () throws -> Void = {}) throws -> Int {
        let decision = Result { () throws(ControlError) in try controller.propose(proposal) }
        switch decision {
        case .success, .failure(.pending): try consider()
        case .failure: break
        }
        let attempt = try preceding(proposal) { () throws(ControlError) in try decision.get() }
        let records = JobRecords(coordinatorFolder: folder)
        for encoded in [known.encoded, proposal.encoded] {
            try records.forgetHindrance(EffectiveJob.hash(of: encoded).hexadecimal)
        }
        return attempt
    }

    /// A job that every party has accepted, and the record of an attempt at it, which is kept.
    struct Offer {
        let proposal: JobController.Proposal
        let attempt: Int
        let record: JobRecord
    }

    /// Proposes the job.
    ///
    /// - Parameter earlier: The attempt that it goes on with, or that was to begin, if any.
    func offer(_ earlier: JobRecord? = nil) throws -> Offer {
        let known = try earlier?.job()
        let proposal =
            try known.map { known in
                try preceding { () throws(ControlError) in
                    try controller.prepare(again: known.effective, encoded: known.encoded)
                }
            } ?? prepare()
        let attempt = try propose(proposal)
        let records = JobRecords(coordinatorFolder: folder)
        let record = JobRecord(proposal, attempt: attempt)
        if var earlier, !earlier.hasEnded, earlier.id != record.id {
            earlier.state = .resumed(as: record.id)
            try records.save(earlier)
        }
        try records.save(record)
        return Offer(proposal: proposal, attempt: attempt, record: record)
    }

    /// Proposes the job, runs it, keeps its record.
    ///
    /// - Parameter earlier: The attempt that it goes on with, if any.
    func run(quiet: Bool, resuming earlier: JobRecord? = nil) throws -> (Report, JobController.Proposal) {
        let offer = try offer(earlier)
        let resumes = earlier.map { !$0.isHindered } ?? false
        return (try run(offer, quiet: quiet, resumes: resumes), offer.proposal)
    }

    /// Waits for a place for the job at every party, runs it, keeps its record.
    func run(_ offer: Offer, quiet: Bool, resumes: Bool) throws -> Report {
        let (proposal, attempt, id) = (offer.proposal, offer.attempt, offer.record.id)
        let record = LiveRecord(offer.record, in: JobRecords(coordinatorFolder: folder))
        if !quiet {
            say("job \(id): \(job.name), \(job.parties.map(\.name).joined(separator: ", "))")
            if job.protection == .none { say("UNPROTECTED: no cryptography; for comparison only") }
        }
        try record.update { $0.process = Int(getpid()) }
        let interruption = Interruption(of: record, controller, folder: folder)
        defer { interruption.end() }
        let printer = ProgressPrinter(label: job.labelParty, isQuiet: quiet)
        do {
            let reports = try controller.run(
                proposal, attempt: attempt, resumes: resumes,
                waiting: { party, place in
                    printer.wait(party, place)
                    try? record.update {
                        $0.waiting = $0.waiting ?? [:]
                        $0.waiting?[party] = place
                    }
                },
                started: {
                    try? record.update {
                        $0.state = .running
                        $0.waiting = nil
                    }
                },
                progress: { party, progress in
                    printer.show(party, progress)
                    try? record.update(isNews: true) { $0.progress[party] = progress }
                })
            printer.end()
            let effective = proposal.effective.job
            let report = Report(
                job: job.name, hash: proposal.hash, model: effective.model.kind.rawValue,
                protection: effective.protection.rawValue,
                keys: .init(
                    bits: effective.protection == .blind ? effective.keys.bits : 0,
                    scheme: effective.protection == .blind ? "Paillier" : "none"),
                leakage: Leakage.sentences(of: effective),
                holdings: effective.predict == nil ? Holdings.sentences(of: effective, reports: reports) : [],
                reports: reports)
            try record.update { $0.state = .done(report) }
            controller.takeLeave()
            return report
        } catch let error as ControlError {
            printer.end()
            try record.update {
                if case .failed(let failure) = error { $0.state = .failed(failure) }
                $0.waiting = nil
            }
            if !quiet {
                if case .failed(let failure) = error, failure.isResumable {
                    say("colonnade resume \(id) --coordinator \(folder)  goes on from the last checkpoint")
                }
                say("colonnade why \(id) --coordinator \(folder)  repeats this later:")
            }
            throw error
        }
    }

    /// Prints a report as asked.
    static func deliver(_ report: Report, _ options: OutputOptions) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = try encoder.encode(report)
        if let path = options.reportPath { try StateFile.write([UInt8](json) + [0x0A], to: path) }
        if let path = options.html { try StateFile.write(Array(report.html.utf8), to: path) }
        print(options.json ? String(decoding: json, as: UTF8.self) : report.text)
    }
}
