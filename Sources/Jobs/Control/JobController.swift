public import Coordination
public import Cryptography
public import Link
public import Specification

/// Runs one job from the coordinator's side: asks, proposes, starts, watches. Sees names, counts, progress and released metrics.
public final class JobController: Sendable {
    /// After the first failure, how long the other parties may take to report it too, in seconds.
    public static let settling = 10.0

    private let job: Job
    private let links: [Party: ControlLink]
    private let certificates: [Party: Certificate]
    private let protocols: [ProtocolSpecification]

    /// - Parameters:
    ///   - links: an open control link to every party of the job.
    ///   - certificates: those parties' certificates, as the coordinator pinned them.
    public init(
        job: Job, links: [any Link], certificates: [Party: Certificate], protocols: [ProtocolSpecification]
    ) {
        self.job = job
        self.links = Dictionary(uniqueKeysWithValues: links.map { ($0.peer, ControlLink($0)) })
        self.certificates = certificates
        self.protocols = protocols
    }

    /// A job as all parties will know it, and how they will connect.
    public struct Proposal: Sendable {
        /// The job with everything filled in.
        public let effective: EffectiveJob
        /// Its canonical bytes, as every party gets them.
        public let encoded: [UInt8]
        /// What the parties said of themselves.
        public let descriptions: [Party: PartyDescription]
        /// For each party, the partners that it connects to.
        public let connects: [Party: [Party]]

        /// What identifies the job, in hex.
        public var hash: String { EffectiveJob.hash(of: encoded).hexadecimal }
    }

    /// Asks every party what it has, and fills in what the job file leaves open. Nothing private moves.
    /// - Throws: ``ControlError``: `unfit` for data or columns, `incompatible` for versions, pins and addresses, with every problem found.
    public func prepare() throws(ControlError) -> Proposal {
        let descriptions = try ask(.describe, "description") { message in
            if case .description(let description) = message { description } else { nil }
        }
        var problems = descriptions.values.compactMap { description in
            description.problem.map { (description.party, [$0]) }
        }
        guard problems.isEmpty else { throw .unfit(Dictionary(uniqueKeysWithValues: problems)) }
        try checkVersions(descriptions)

        var resolved = job
        for index in resolved.members.indices {
            let member = resolved.members[index]
            guard let description = descriptions[member.party] else { continue }
            let reserved = member.role == .label ? [job.label] + job.baselines.extraColumns : []
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
        guard problems.isEmpty else { throw .unfit(Dictionary(uniqueKeysWithValues: problems)) }
        let effective = EffectiveJob(
            job: resolved,
            certificates: certificates.filter { job.parties.contains($0.key) }
                .mapValues { $0.fingerprint.hexadecimal },
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
    /// - Throws: ``ControlError``: `unfit` before `refused` before `pending`, each with all parties that say so.
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

    /// Starts the job and watches it to its end.
    /// - Parameter progress: Called on threads of the controller's own.
    /// - Throws: ``ControlError/failed(_:)`` with the first failure that any party reported.
    /// - Returns: The reports of all parties, in the job's order.
    public func run(
        _ proposal: Proposal, attempt: Int,
        progress: @escaping @Sendable (Party, ControlMessage.Progress) -> Void
    ) throws(ControlError) -> [PartyReport] {
        let first = Monitor<ControlMessage.Failure?>(nil)
        let outcomes = Threads.run(job.parties) { [self] party in
            guard let link = links[party] else { throw ControlError.lost(party, "no connection") }
            do {
                try link.send(
                    .start(.init(hash: proposal.hash, attempt: attempt, connects: proposal.connects[party] ?? [])))
                return try watch(party, link, first) { progress(party, $0) }
            } catch {
                let failure = failure(of: error, at: party)
                // The first failure is the job's cause; parties that know nothing of it yet are told.
                let isFirst = first.withLock { known in
                    defer { known = known ?? failure }
                    return known == nil
                }
                if isFirst {
                    for other in links.values where other.link.peer != party { try? other.send(.cancel(failure)) }
                }
                throw error
            }
        }
        if let failure = first.withLock({ $0 }) { throw .failed(failure) }
        return job.parties.compactMap { try? outcomes[$0]?.get() }
    }

    private func watch(
        _ party: Party, _ link: ControlLink, _ first: Monitor<ControlMessage.Failure?>,
        progress: (ControlMessage.Progress) -> Void
    ) throws(ControlError) -> PartyReport {
        while true {
            let isEnding = first.withLock { $0 != nil }
            let seconds = isEnding ? Self.settling : 86_400
            switch try link.receive(Wait("progress of \(party)", seconds: seconds)) {
            case .progress(let news): progress(news)
            case .finished(let report): return report
            case .failed(let failure): throw .failed(failure)
            case .describe, .reach, .propose, .start, .cancel, .description, .reached, .decision:
                throw .malformed(party, "something else than progress")
            }
        }
    }

    private func failure(of error: any Error, at party: Party) -> ControlMessage.Failure {
        switch error {
        case ControlError.failed(let failure): failure
        default:
            ControlMessage.Failure(
                party: party, step: "control", reason: AbortReason.peerLost.name, detail: "\(error)")
        }
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
            guard let answer = answer(reply) else { throw ControlError.malformed(party, "no \(what)") }
            return answer
        }
        var answers: [Party: Answer] = [:]
        for party in job.parties {
            do { answers[party] = try results[party]?.get() } catch let error as ControlError { throw error } catch {
                throw .lost(party, "\(error)")
            }
        }
        return answers
    }

    private func checkVersions(_ descriptions: [Party: PartyDescription]) throws(ControlError) {
        var problems: [String] = []
        for (party, description) in descriptions.sorted(by: { $0.key < $1.key }) {
            if description.party != party { problems.append("\(party) calls itself \(description.party)") }
            for specification in protocols {
                let offer = description.protocols.first { $0.name == specification.name }
                if offer?.version != specification.version {
                    let theirs = offer.map { "\($0.version)" } ?? "none"
                    problems.append(
                        "\(party) (\(description.software)) speaks \(specification.name) version \(theirs), "
                            + "this coordinator \(specification.version): update the older one")
                } else if offer?.hash != specification.hash.hexadecimal {
                    problems.append(
                        "\(party) has another specification of \(specification.name) \(specification.version) than "
                            + "this coordinator; one of the two programs is not the released one")
                }
            }
        }
        guard problems.isEmpty else { throw .incompatible(problems) }
    }

    /// For every pair of parties, who connects: one that has the other's address; both know each other's certificate.
    private func connections(_ descriptions: [Party: PartyDescription]) throws(ControlError) -> [Party: [Party]] {
        var connects: [Party: [Party]] = [:]
        var problems: [String] = []
        func known(_ other: Party, by party: Party) -> PartyDescription.Partner? {
            descriptions[party]?.partners.first { $0.party == other }
        }
        for (index, first) in job.parties.enumerated() {
            for second in job.parties.dropFirst(index + 1) {
                for (party, other) in [(first, second), (second, first)] {
                    guard let partner = known(other, by: party) else {
                        problems.append("\(party) does not know \(other): colonnade-party trust DIR \(other).pem there")
                        continue
                    }
                    if let own = descriptions[other]?.certificate, own != partner.certificate {
                        problems.append(
                            "\(party) has pinned another certificate of \(other) (\(partner.certificate.prefix(16))...) "
                                + "than \(other) uses (\(own.prefix(16))...)")
                    }
                }
                if known(second, by: first)?.hasAddress == true {
                    connects[first, default: []].append(second)
                } else if known(first, by: second)?.hasAddress == true {
                    connects[second, default: []].append(first)
                } else {
                    problems.append(
                        "neither \(first) nor \(second) has the other's address: "
                            + "give one in partners.yaml, or with colonnade-party trust --address")
                }
            }
        }
        guard problems.isEmpty else { throw .incompatible(problems) }
        return connects
    }
}
