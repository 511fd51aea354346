public import Coordination
public import Cryptography
public import Link
public import Specification
internal import Tables

/// Runs one job from the coordinator's side: asks, proposes, starts, watches. Sees names, counts, progress and released metrics.
public final class JobController: Sendable {
    let job: Job
    let links: [Party: ControlLink]
    private let certificates: [Party: [Certificate]]
    let protocols: [ProtocolSpecification]

    /// - Parameters:
    ///   - links: an open control link to every party of the job.
    ///   - certificates: those parties' certificates, as the coordinator pinned them: of one that renews its own, the job names the one
    ///     that it says it uses.
    ///   - protocols: that the coordinator's program speaks, an earlier version of one before a later one.
    public init(
        job: Job, links: [any Link], certificates: [Party: [Certificate]], protocols: [ProtocolSpecification]
    ) {
        self.job = job
        self.links = Dictionary(uniqueKeysWithValues: links.map { ($0.peer, ControlLink($0)) })
        self.certificates = certificates
        self.protocols = protocols
    }

    /// A job as all parties will know it, and how they will connect.
    public struct Proposal: Sendable {
        public let effective: EffectiveJob
        public let encoded: [UInt8]
        public let descriptions: [Party: PartyDescription]
        /// For each party, the partners that it connects to.
        public let connects: [Party: [Party]]

        public var hash: String { EffectiveJob.hash(of: encoded).hexadecimal }
    }

    /// Asks every party what it has, and proposes a job once more, exactly as it was.
    public func prepare(again effective: EffectiveJob, encoded: [UInt8]) throws(ControlError) -> Proposal {
        let descriptions = try describe()
        _ = try agreedProtocols(descriptions)
        return Proposal(
            effective: effective, encoded: encoded, descriptions: descriptions, connects: try connections(descriptions))
    }

    private func describe() throws(ControlError) -> [Party: PartyDescription] {
        let descriptions = try ask(.describe, "description") { message in
            if case .description(let description) = message { description } else { nil }
        }
        let problems = descriptions.compactMapValues { $0.problem.map { [$0] } }
        guard problems.isEmpty else { throw .unfit(problems) }
        let misnamed = descriptions.filter { $0.value.party != $0.key }.sorted { $0.key < $1.key }
        guard misnamed.isEmpty else {
            throw .incompatible(misnamed.map { "\($0.key) calls itself \($0.value.party)" })
        }
        return descriptions
    }

    /// Asks every party what it has, and fills in what the job file leaves open.
    public func prepare() throws(ControlError) -> Proposal {
        let descriptions = try describe()
        let protocols = try agreedProtocols(descriptions)
        var problems: [(Party, [String])] = []
        var resolved = job
        for index in resolved.members.indices {
            let member = resolved.members[index]
            guard let description = descriptions[member.party] else { continue }
            let reserved = member.role == .label ? job.reservedColumns : []
            let offered = description.columns.map(\.name)
            resolved.members[index].columns = member.columns ?? offered.filter { !reserved.contains($0) }
            let missing = (resolved.members[index].columns ?? []).filter { !offered.contains($0) }
            if !missing.isEmpty {
                problems.append(
                    (
                        member.party,
                        missing.map { "column '\($0)' is not offered; it offers \(offered.joined(separator: ", "))" }
                    ))
            }
        }
        problems += try nameHistories(of: &resolved, descriptions)
        guard problems.isEmpty else {
            throw .unfit(Dictionary(problems) { one, other in one + other })
        }
        if resolved.embeds, resolved.protection == .blind,
            !resolved.featureParties.contains(where: {
                descriptions[$0]?.texts(among: resolved.sourceColumns(of: $0)) ?? 0 > 0
            })
        {
            throw .incompatible([
                "model \(resolved.model.kind.rawValue) embeds categorical columns, and no feature party brings one, with whom the label "
                    + "party's could be shared: use mlp, or add one"
            ])
        }
        let effective = EffectiveJob(
            job: resolved,
            certificates: Dictionary(uniqueKeysWithValues: job.parties.map { ($0, fingerprint(of: $0, descriptions)) })
                .compactMapValues(\.self),
            protocols: protocols.map(EffectiveJob.ProtocolVersion.init))
        let encoded: [UInt8]
        do { encoded = try effective.encoded } catch { throw .incompatible(["the job cannot be encoded: \(error)"]) }
        return Proposal(
            effective: effective, encoded: encoded, descriptions: descriptions, connects: try connections(descriptions))
    }

    /// Lets every party try to reach the partners that it would connect to.
    /// - Returns: What failed, sentence by sentence.
    public func reach(_ proposal: Proposal) throws(ControlError) -> [String] {
        let failures = try ask({ .reach(proposal.connects[$0] ?? []) }, "reachability") { message in
            if case .reached(let failures) = message { failures } else { nil }
        }
        return failures.sorted { $0.key < $1.key }.flatMap { party, failures in
            failures.sorted { $0.key < $1.key }.map { "\(party) cannot reach \($0.key): \($0.value)" }
        }
    }

    /// Asks every party for its decision.
    /// - Returns: The attempt number to start with.
    public func propose(_ proposal: Proposal) throws(ControlError) -> Int {
        let text = String(decoding: proposal.encoded, as: UTF8.self)
        let decisions = try ask(.propose(text), "decision") { message in
            if case .decision(let decision) = message { decision } else { nil }
        }
        var (refused, unfit, pending): ([Party: [String]], [Party: [String]], [Party: String]) = ([:], [:], [:])
        var attempt = 0
        for (party, decision) in decisions {
            switch decision {
            case .accepted(let lowest): attempt = max(attempt, lowest)
            case .pending(let command): pending[party] = command
            case .refused(let reasons): refused[party] = reasons
            case .unfit(let reasons): unfit[party] = reasons
            }
        }
        if !unfit.isEmpty { throw .unfit(unfit) }
        if !refused.isEmpty { throw .refused(refused) }
        if !pending.isEmpty { throw .pending(hash: proposal.hash, pending) }
        return attempt
    }

    /// Asks every party what the job would take of it; after it was proposed, whether or not a person has approved it by then.
    ///
    /// - Throws: ``ControlError/incompatible(_:)`` where a party's program is too old to say.
    public func measure(_ proposal: Proposal) throws(ControlError) -> [Party: PartyDemand] {
        let silent = job.parties.filter { proposal.descriptions[$0]?.tellsDemands != true }
        guard silent.isEmpty else {
            throw .incompatible(
                silent.map { "the program of \($0) is too old to say what a job takes there: update it" })
        }
        let answers = try ask(.measure(proposal.hash), "demand") { (message) -> Result<PartyDemand, ControlError>? in
            switch message {
            case .demand(let demand): .success(demand)
            case .failed(let failure): .failure(.failed(failure))
            default: nil
            }
        }
        var demands: [Party: PartyDemand] = [:]
        for (party, answer) in answers { demands[party] = try answer.get() }
        return demands
    }

    /// The certificate that a party uses, if it is pinned here; else the one that is, for the party to refuse.
    private func fingerprint(of party: Party, _ descriptions: [Party: PartyDescription]) -> String? {
        let pinned = certificates[party]?.map(\.fingerprint.hexadecimal)
        return pinned?.first { $0 == descriptions[party]?.certificate } ?? pinned?.first
    }

    // MARK: - Asking

    private func ask<Answer: Sendable>(
        _ message: ControlMessage, _ what: String, _ answer: @escaping @Sendable (ControlMessage) -> Answer?
    ) throws(ControlError) -> [Party: Answer] { try ask({ _ in message }, what, answer) }

    private func ask<Answer: Sendable>(
        _ message: @escaping @Sendable (Party) -> ControlMessage, _ what: String,
        _ answer: @escaping @Sendable (ControlMessage) -> Answer?
    ) throws(ControlError) -> [Party: Answer] {
        let results = Threads.run(job.parties) { [self] party in
            guard let link = links[party] else { throw ControlError.lost(party, "no connection") }
            try link.send(message(party))
            let reply = try link.receive(Wait("\(what) of \(party)", seconds: 300))
            if let answer = answer(reply) { return answer }
            if case .failed(let failure) = reply { throw ControlError.failed(failure) }
            throw ControlError.malformed(party, "no \(what)")
        }
        var answers: [Party: Answer] = [:]
        for party in job.parties {
            do { answers[party] = try results[party]?.get() } catch let error as ControlError { throw error } catch {
                throw .lost(party, "\(error)")
            }
        }
        return answers
    }
}

extension Estimate {
    /// Of a job as its parties describe their data.
    public init(_ proposal: JobController.Proposal) {
        let job = proposal.effective.job
        let texts = proposal.descriptions.map { party, description in
            (party, description.texts(among: job.sourceColumns(of: party)))
        }
        self.init(
            job, rows: proposal.descriptions.values.map(\.rows).min() ?? 0,
            texts: Dictionary(uniqueKeysWithValues: texts))
    }
}

extension PartyDescription {
    /// How many of these columns are texts.
    fileprivate func texts(among names: [String]) -> Int {
        columns.count { names.contains($0.name) && $0.type == ColumnType.category.rawValue }
    }
}
