import Coordination
import Cryptography
import Foundation
import Jobs
import Link
import Specification

/// One job with all of its parties in this process, under recorded randomness: so that the model in one place can begin with the
/// very weights with which the federation began, and what is different between the two is the arithmetic alone.
struct RecordedRun {
    /// A party did not finish.
    struct Failure: Error, CustomStringConvertible { let description: String }

    private let job: Job
    private let files: [PartyFile]
    private let seed: Int

    /// - Parameter folder: where the parties' folders are.
    init(_ job: Job, folder: String, seed: Int) throws {
        var job = job
        files = try job.parties.map { try PartyFile(path: "\(folder)/\($0)/party.yaml") }
        for (index, file) in files.enumerated() where job.members[index].columns == nil {
            let reserved = file.name == job.labelParty ? [job.label] : []
            job.members[index].columns = try Dataset(file.data).offered(by: file.policy).map(\.name)
                .filter { !reserved.contains($0) }
        }
        self.job = job
        self.seed = seed
    }

    /// Trains over the federation, and in one place from the same weights.
    ///
    /// - Returns: The report of the federation, with the model in one place among its baselines.
    func run() throws -> Coordination.Report {
        let credentials = try Dictionary(uniqueKeysWithValues: files.map { ($0.name, try Credentials($0)) })
        let effective = EffectiveJob(
            job: job, certificates: credentials.mapValues { $0.identity.certificate.fingerprint.hexadecimal },
            protocols: Software.specifications.map(EffectiveJob.ProtocolVersion.init))
        let encoded = try effective.encoded
        let outcomes = MemoryNetwork(parties: job.parties).run { [files] links in
            guard let file = files.first(where: { $0.name == links.party }), let own = credentials[file.name] else {
                throw Failure(description: "\(links.party) has no party file")
            }
            return try PartyRun(
                Assignment(effective: effective, encoded: encoded, attempt: 0), file: file, credentials: own,
                dataset: Dataset(file.data), links: links, recorded: source(of: file.name)
            ) { _ in }.run()
        }
        let reports = try job.parties.compactMap { try outcomes[$0]?.get() }
        var report = Coordination.Report(
            job: job.name, hash: EffectiveJob.hash(of: encoded).hexadecimal, model: job.model.kind.rawValue,
            protection: job.protection.rawValue, keys: .init(bits: job.keys.bits, scheme: "Paillier"), leakage: [],
            holdings: [], reports: reports)
        report.baselines["colocated"] = try Colocated.metrics(job, parties: files, startingFrom: source)
        return report
    }

    /// The same at every call.
    private func source(of party: Party) -> any RandomSource {
        RecordedRandomSource(seed: Array("colonnade-bench quality \(seed) \(party)".utf8))
    }
}
