import AuditedFederation
import Auditing
import PrivateView
import Specification
import Transcript

/// Private views that do not belong to the transcript that they lie beside.
extension Mutation {
    static let views = [
        view("a view of another job", at: .beginning) { view, _ in
            try view.changeHeader { $0.job = $0.job.replacing("a", with: "b") + "0" }
        },
        view("a view of another attempt", at: .beginning) { view, _ in try view.changeHeader { $0.attempt += 1 } },
        view("a view with a partner's key", at: .key) { view, mutant in
            let other = mutant.run.parties.first { $0 != mutant.party }
            let key = other.flatMap { mutant.views[$0]?.first(where: \.isKey) }
            view[try view.firstIndex(where: \.isKey).orThrow("key")] = try key.orThrow("partner's key")
        },
        view("a key that its primes do not make", at: .beginning) { view, mutant in
            let index = try view.firstIndex(where: \.isKey).orThrow("key")
            guard case .key(var key) = view[index] else { return }
            key.primes[0] = String(key.primes[0].reversed())
            view[index] = .key(key)
        },
        view("two keys", at: .beginning) { view, _ in
            let index = try view.firstIndex(where: \.isKey).orThrow("key")
            view.insert(view[index], at: index)
        },
        view("a round left out of a view", at: .end) { view, mutant in
            view.remove(at: try mutant.pick(view.indices.filter { view[$0].isRound }, of: "round"))
        },
        view("a round twice in a view", at: .beginning) { view, mutant in
            let index = try mutant.pick(view.indices.filter { view[$0].isRound }, of: "round")
            view.insert(view[index], at: index)
        },
        view("a row more in a round", at: .end) { view, mutant in
            let index = try mutant.pick(view.indices.filter { view[$0].isRound }, of: "round")
            guard case .round(var round) = view[index] else { return }
            round.rows.append(round.rows[0])
            view[index] = .round(round)
        },
        view("times that go back", at: .beginning) { view, mutant in
            let times = view.indices.filter { if case .frame = view[$0] { true } else { false } }
            let index = try mutant.pick(Array(times.dropFirst()), of: "time")
            guard case .frame(var time) = view[index] else { return }
            time.nanoseconds = 0
            view[index] = .frame(time)
        },
    ]

    /// Where in the transcript the finding must point.
    private enum Place { case beginning, key, end }

    private static func view(
        _ name: String, at place: Place, _ change: @escaping @Sendable (inout [ViewRecord], inout Mutant) throws -> Void
    ) -> Mutation {
        Mutation(name, .view, of: .views) { mutant in
            var view = try mutant.views[mutant.party].orThrow("view")
            try change(&view, &mutant)
            mutant.views[mutant.party] = view
            switch place {
            case .beginning: mutant.expect(0)
            case .end: mutant.expect(mutant.records.endIndex - 2)
            case .key:
                let keys = mutant.records.indices { $0.header.kind == .publicKey && $0.isOutgoing }
                mutant.expect(try keys.first.orThrow("key that was sent"))
            }
        }
    }
}

extension ViewRecord {
    fileprivate var isKey: Bool { if case .key = self { true } else { false } }
    fileprivate var isRound: Bool { if case .round = self { true } else { false } }
}

extension [ViewRecord] {
    fileprivate mutating func changeHeader(_ change: (inout ViewRecord.Header) -> Void) throws {
        guard case .header(var header) = first else { throw NotThere("header of a view") }
        change(&header)
        self[0] = .header(header)
    }
}
