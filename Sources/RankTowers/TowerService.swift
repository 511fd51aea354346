internal import FoundationEssentials
internal import HistoryTower
internal import ParallelTraining
public import Ranks

/// A rank's side: what it does when the party has a tower trained, or its ranks measured.
public enum TowerService {
    package static let pretrainKind = "pretrain"
    package static let profileKind = "profile"

    /// By kind of request.
    public static let handlers: [String: RankHandler] = [
        pretrainKind: .noting { ranks, payload, note in try pretrain(ranks, payload, note) },
        profileKind: .everywhere { ranks, payload in try profile(ranks, payload) },
    ]

    package static func profile(_ ranks: any Collectives, _ payload: [UInt8]) throws -> [UInt8] {
        let wish = try JSONDecoder().decode(ProfileWish.self, from: Data(payload))
        guard let profile = try wish.measure(ranks) else { return [] }
        return try [UInt8](JSONEncoder().encode(profile))
    }

    /// How often rank 0 tells how it goes, in seconds, beside the first and the last step.
    private static let interval = 0.2

    package static func pretrain(
        _ ranks: any Collectives, _ payload: [UInt8], _ note: ([UInt8]) throws -> Bool
    ) throws -> [UInt8] {
        let order = try TowerOrder(bytes: payload)
        let terms = order.terms
        var last: ContinuousClock.Instant?
        let outcome = try ParallelPretraining(terms.tower, terms.plan, ranks: ranks).run(
            order.histories, epochs: terms.epochs, rate: terms.rate, seed: terms.seed, budget: terms.budget,
            events: terms.events
        ) { done, of, loss in
            var goesOn: UInt8 = 1
            let isDue = last.map { done == of || $0.duration(to: .now) >= .seconds(interval) } ?? true
            if ranks.rank == 0, isDue {
                last = .now
                let text = try [UInt8](JSONEncoder().encode(TowerNote(done: done, of: of, loss: loss)))
                goesOn = try note(text) ? 1 : 0
            }
            // All stop at the same step.
            try withUnsafeMutableBytes(of: &goesOn) { try ranks.broadcast($0, from: 0) }
            if goesOn == 0 { throw RankError.stopped }
        }
        guard let tower = outcome.tower else { return [] }
        return try [UInt8](
            JSONEncoder().encode(
                TowerAnswer(
                    tower: tower, losses: outcome.losses, steps: outcome.steps,
                    measured: outcome.measured.map {
                        .init(
                            rank: $0.rank, bytes: $0.bytes, secondsAStep: $0.secondsAStep,
                            computingSeconds: $0.computingSeconds)
                    })))
    }
}
