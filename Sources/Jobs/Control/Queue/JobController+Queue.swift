public import Coordination
internal import Link
public import Specification

/// Places for a job at all of its parties: all, or it waits, in the same order everywhere (`JobQueue`).
extension JobController {
    private struct Reservation {
        var ready: Set<Party> = []
        var failure: ControlMessage.Failure?
    }

    /// Waits until every party that has a queue keeps a place for the job. One of version 1 of the control plane has none: it takes the
    /// job when the others are ready, or says that it is busy.
    ///
    /// - Parameter waiting: Where it waits, whenever that changes, on several threads.
    /// - Throws: `ControlError.failed` where a party does not let it wait, its people cancel it, or one is lost; the others know by then.
    func reserve(
        _ proposal: Proposal, attempt: Int, waiting: @escaping @Sendable (Party, ControlMessage.Place?) -> Void
    ) throws(ControlError) {
        let state = Monitor(Reservation())
        let parties = job.parties.filter { proposal.descriptions[$0]?.hasQueue == true }
        do {
            let numbers = try ask(parties) { party, link in
                try link.send(.reserve(.init(hash: proposal.hash, attempt: attempt)))
                switch try link.receive(Wait("a place in the queue of \(party)", seconds: 300)) {
                case .number(let number): return number
                case .failed(let failure): throw ControlError.failed(failure)
                default: throw ControlError.malformed(party, "no number for the job")
                }
            }
            let number = numbers.values.max() ?? 0
            _ = try ask(parties) { party, link in
                do {
                    try link.send(.settle(number))
                    try Self.wait(for: party, of: parties.count, link, state, waiting)
                } catch {
                    state.withLock { $0.failure = $0.failure ?? Self.failure(error, at: party) }
                    throw error
                }
            }
        } catch {
            let failure = state.withLock { $0.failure } ?? Self.failure(error, at: job.labelParty)
            // Who has it in a queue lets it go, and writes down why.
            for link in links.values { try? link.send(.cancel(failure)) }
            throw .failed(failure)
        }
    }

    /// Hears one party until all are ready, or one has failed.
    private static func wait(
        for party: Party, of parties: Int, _ link: ControlLink, _ state: Monitor<Reservation>,
        _ waiting: (Party, ControlMessage.Place?) -> Void
    ) throws {
        while true {
            let (isOver, failure) = state.withLock { ($0.ready.count == parties, $0.failure) }
            if let failure { throw ControlError.failed(failure) }
            if isOver { return }
            // Soon after the last party is ready, the others' threads go on.
            switch try link.poll(Wait("a place at \(party)", seconds: 0.1)) {
            case nil: continue
            case .waiting(let place): waiting(party, place)
            case .ready:
                state.withLock { _ = $0.ready.insert(party) }
                waiting(party, nil)
            case .failed(let failure): throw ControlError.failed(failure)
            case .some: throw ControlError.malformed(party, "something else than its place in the queue")
            }
        }
    }

    private func ask<Answer: Sendable>(
        _ parties: [Party], _ ask: @escaping @Sendable (Party, ControlLink) throws -> Answer
    ) throws -> [Party: Answer] {
        let results = Threads.run(parties) { [links] party in
            guard let link = links[party] else { throw ControlError.lost(party, "no connection") }
            return try ask(party, link)
        }
        // What a party says of itself tells more than what is seen of it.
        let failures = parties.compactMap { party in
            if case .failure(let error)? = results[party] { (party, error) } else { nil }
        }
        if let (party, error) = failures.first(where: { if case ControlError.failed = $0.1 { true } else { false } })
            ?? failures.first
        {
            throw ControlError.failed(Self.failure(error, at: party))
        }
        return try results.mapValues { try $0.get() }
    }

    private static func failure(_ error: any Error, at party: Party) -> ControlMessage.Failure {
        switch error {
        case ControlError.failed(let failure): return failure
        case ControlError.lost(let lost, let problem):
            return .init(party: lost, step: "queue", reason: AbortReason.peerLost.name, detail: problem)
        case ControlError.malformed(let other, let problem):
            return .init(
                party: other, step: "queue", reason: AbortReason.protocolViolation.name, detail: "it sent \(problem)")
        case ControlError.unknown(let other, _):
            return .init(party: other, step: "queue", reason: AbortReason.versionMismatch.name, detail: "\(error)")
        default:
            return .init(party: party, step: "queue", reason: AbortReason.internalError.name, detail: "\(error)")
        }
    }
}

extension JobController.Proposal {
    /// Whether all parties would agree from which checkpoint the job goes on. Where training may stop early, those of version 1 keep
    /// none and do not ask: it begins anew.
    var canResume: Bool {
        effective.job.train.earlyStopping == nil || descriptions.values.allSatisfy(\.hasQueue)
    }
}
