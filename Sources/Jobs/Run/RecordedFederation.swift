package import Coordination
package import Cryptography
package import Link
package import Paillier
package import Specification

/// One job with all of its parties in this process, under recorded randomness, which hides nothing from who knows its seed: for tests
/// and for comparisons on data that are public. The same job gives the same model, bit for bit.
package struct RecordedFederation {
    private let job: Job
    private let files: [PartyFile]
    private let source: (@Sendable (Party) -> any RandomSource)?
    private let specifications: [ProtocolSpecification]

    /// A party has no file.
    package struct UnknownParty: Error, CustomStringConvertible {
        package let party: Party
        package var description: String { "\(party) has no party file" }
    }

    /// - Parameters:
    ///   - job: Where it names no columns, a party brings all that its policy offers.
    ///   - files: Of every party.
    ///   - source: A party's randomness as it is at the start; a new one at every call. `nil`: each party's own, as its file says.
    ///   - specifications: What the job says that parties agreed on. They run what this program runs.
    package init(
        _ job: Job, files: [PartyFile], source: (@Sendable (Party) -> any RandomSource)?,
        specifications: [ProtocolSpecification] = Software.specifications
    ) throws {
        var job = job
        for index in job.members.indices where job.members[index].columns == nil {
            let party = job.members[index].party
            guard let file = files.first(where: { $0.name == party }) else { throw UnknownParty(party: party) }
            let reserved = party == job.labelParty ? job.reservedColumns : []
            job.members[index].columns = try Dataset(file.data, in: file.space).offered(by: file.policy).map(\.name)
                .filter { !reserved.contains($0) }
        }
        (self.job, self.files, self.source, self.specifications) = (job, files, source, specifications)
    }

    /// Runs the job.
    ///
    /// - Parameters:
    ///   - network: With links between all parties.
    ///   - attempt: Its number; every party's first is 0.
    ///   - resumes: Whether parties go on from their checkpoints.
    ///   - curve: Takes what the parties hold after some of the rounds.
    ///   - notify: Told of every party's progress, on several threads.
    ///   - products: Where a party's products under encryption are computed; `nil`: in this process.
    /// - Throws: `JobFailure` of the first party that failed.
    package func run(
        over network: MemoryNetwork, attempt: Int = 0, resumes: Bool = false,
        curve: TrainingCurve? = nil,
        notify: @escaping @Sendable (Party, ControlMessage.Progress) -> Void = { _, _ in },
        products: @escaping @Sendable (Party) -> (any ProductSharing)? = { _ in nil }
    ) throws -> Report {
        let credentials = try Dictionary(uniqueKeysWithValues: files.map { ($0.name, try Credentials($0)) })
        let effective = EffectiveJob(
            job: job, certificates: credentials.mapValues { $0.identity.certificate.fingerprint.hexadecimal },
            protocols: specifications.map(EffectiveJob.ProtocolVersion.init))
        let encoded = try effective.encoded
        let outcomes = network.run { [files, source] links in
            guard let file = files.first(where: { $0.name == links.party }), let own = credentials[file.name] else {
                throw UnknownParty(party: links.party)
            }
            let run = try PartyRun(
                Assignment(effective: effective, encoded: encoded, attempt: attempt, resumes: resumes), file: file,
                credentials: own, dataset: Dataset(file.data, in: file.space), links: links,
                recorded: source?(file.name), curve: curve
            ) { notify(file.name, $0) }
            return try SharedProducts.run(in: products(file.name)) { try run.run() }
        }
        let reports = try job.parties.compactMap { try outcomes[$0]?.get() }
        return Report(
            job: job.name, hash: EffectiveJob.hash(of: encoded).hexadecimal, model: job.model.kind.rawValue,
            protection: job.protection.rawValue, keys: .init(bits: job.keys.bits, scheme: "Paillier"), leakage: [],
            holdings: [], reports: reports)
    }

    /// The same in one place, from the very weights with which a protected run begins.
    package func colocated() throws -> PartyReport.Metrics {
        guard let source else { preconditionFailure("what is not recorded does not begin the same twice") }
        return try Colocated.metrics(job, parties: files, startingFrom: source)
    }

    /// What a curve's points are worth.
    package func points(_ curve: TrainingCurve) throws -> [TrainingCurve.Point] {
        try curve.points(job, parties: files)
    }
}
