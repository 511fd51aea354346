internal import FoundationEssentials
public import HistoryTower
public import ParallelPlanning
internal import ParallelTraining

/// A party's side of towers that its ranks learn together, and of measuring them.
public struct RankTowers {
    /// Sends a request of a kind to all ranks, hands on notes, and waits for rank 0's answer.
    public typealias Request = (_ kind: String, _ payload: [UInt8], _ note: ([UInt8]) -> Bool) throws -> [UInt8]

    private let request: Request

    /// - Parameter request: as `RankProcesses.request` does it.
    public init(over request: @escaping Request) { self.request = request }

    /// Pre-trains a tower at all ranks as `HistoryTower.pretrain` does at one.
    ///
    /// - Parameters:
    ///   - plan: for as many ranks as there are.
    ///   - histories: of the tower's schema; they go to every rank.
    ///   - budget: bytes that each rank may take, beside the histories.
    ///   - events: of a step at most; `nil`: as many as one rank takes by itself, so that steps are the same.
    ///   - progress: now and then, after the first step and after the last: steps done, steps in all, the step's mean loss. What it throws
    ///     stops the training, and is thrown.
    /// - Throws: what the request throws; ``RankTowerError``.
    public func pretrain(
        _ tower: HistoryTower, _ plan: ParallelPlan, _ histories: EventHistories, epochs: Int, rate: Double,
        seed: UInt64, budget: Int, events: Int? = nil,
        progress: (_ done: Int, _ of: Int, _ loss: Double) throws -> Void = { _, _, _ in }
    ) throws -> RankLesson {
        let order = TowerOrder(
            .init(
                tower: tower, plan: plan, epochs: epochs, rate: rate, seed: seed, budget: budget,
                events: events ?? ParallelPretraining.pretrainingEvents(tower.shape)), histories)
        var failure: (any Error)?
        let bytes: [UInt8]
        do {
            bytes = try request(TowerService.pretrainKind, order.bytes) { note in
                do {
                    let note = try JSONDecoder().decode(TowerNote.self, from: Data(note))
                    try progress(note.done, note.of, note.loss)
                    return true
                } catch {
                    failure = error
                    return false
                }
            }
        } catch {
            throw failure ?? error
        }
        guard let answer = try? JSONDecoder().decode(TowerAnswer.self, from: Data(bytes)) else {
            throw RankTowerError.malformed("an answer without a tower")
        }
        return RankLesson(
            tower: answer.tower, losses: answer.losses, steps: answer.steps, plan: plan, ranks: answer.measured)
    }

    /// Measures the ranks as a planner needs them; they and their machines should have nothing else to do meanwhile. Takes seconds.
    ///
    /// - Parameters:
    ///   - width, heads, events: of the layers that are timed.
    /// - Throws: what the request throws; ``RankTowerError``.
    public func profile(width: Int, heads: Int, events: Int) throws -> ClusterProfile {
        let wish = ProfileWish(width: width, heads: heads, events: events)
        let bytes = try request(TowerService.profileKind, [UInt8](JSONEncoder().encode(wish))) { _ in true }
        guard let profile = try? JSONDecoder().decode(ClusterProfile.self, from: Data(bytes)) else {
            throw RankTowerError.malformed("an answer without a profile")
        }
        return profile
    }
}

/// How a training at several ranks went.
public struct RankLesson: Sendable {
    /// What a rank took.
    public struct Rank: Codable, Hashable, Sendable {
        /// Its number.
        public var rank: Int
        /// Bytes of arenas, parameters with their optimiser's state, and messages.
        public var bytes: Int
        /// Of one step.
        public var secondsAStep: Double
        /// Of these, what was no exchange and no waiting.
        public var computingSeconds: Double
    }

    /// That has learned.
    public let tower: HistoryTower
    /// Of each epoch, the mean cross-entropy of a predicted code, in nats.
    public let losses: [Double]
    /// Steps that were taken.
    public let steps: Int
    /// As it was carried out.
    public let plan: ParallelPlan
    /// In order.
    public let ranks: [Rank]

    /// Of a step, at the slowest rank.
    public var secondsAStep: Double { ranks.reduce(0) { max($0, $1.secondsAStep) } }
}
