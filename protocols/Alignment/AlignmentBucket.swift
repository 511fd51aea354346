internal import Cryptography
internal import Identifiers
internal import KeyValueStore
public import Specification
internal import Vole

/// The public sizes of one bucket: equal at every party, whatever its ids are.
public struct AlignmentBucket: Hashable, Sendable {
    /// What it is a bucket of.
    public let schedule: AlignmentSchedule
    /// Which one, from 0.
    public let index: Int
    /// Ids of each party, with those that pad it.
    public let capacities: [Party: Int]

    /// Ids of the leader in one message of `blinded` and `evaluated`: what one end computes while the other waits at the ends.
    static let part = 1 << 14

    init(_ schedule: AlignmentSchedule, index: Int, capacities: [Party: Int]) {
        (self.schedule, self.index, self.capacities) = (schedule, index, capacities)
    }

    /// Bytes of the member's tags, between two parties.
    public var tagsByteCount: Int { capacity(of: members[0]) * schedule.tagByteCount }

    var leader: Party { schedule.leader }
    var members: [Party] { schedule.parties.filter { $0 != leader } }
    /// Whether members' answers are programmed so that no two parties' intersection shows.
    var isForSeveral: Bool { schedule.parties.count > 2 }

    func capacity(of party: Party) -> Int { capacities[party, default: 0] }

    /// Ranges of the leader's list, one for each message that carries points.
    var parts: [Range<Int>] {
        let count = capacity(of: leader)
        return stride(from: 0, to: count, by: Self.part).map { $0..<min($0 + Self.part, count) }
    }

    var voleParameters: VoleParameters { VoleParameters(count: slots(of: leader).count) }

    func slots(of party: Party) -> Slots { Slots(keys: capacity(of: party)) }

    /// The session of this bucket.
    public var plan: SessionPlan {
        var dimensions = ["tag-bytes": schedule.tagByteCount, "levels": voleParameters.levels]
        for (party, capacity) in capacities { dimensions["ids[\(party)]"] = capacity }
        return AlignmentProtocol.plan(schedule.parties, leader, dimensions: dimensions, runs: functionRuns + resultRuns)
    }

    private var functionRuns: [SessionPlan.PhaseRun] {
        switch schedule.method {
        case .ecdh:
            let parts = parts.map(\.count)
            // All parts but the last are equally long.
            let runs = [(parts[0], parts.count - 1), (parts[parts.count - 1], 1)].filter { $0.1 > 0 }
            return ["blind", "evaluate"].flatMap { phase in
                runs.map { .init(phase, count: $0.1, dimensions: ["rows": $0.0]) }
            }
        case .vole: return ["choose", "mask", "correct"].map { .init($0) }
        }
    }

    private var resultRuns: [SessionPlan.PhaseRun] {
        let phases =
            isForSeveral ? ["program", "name"] : schedule.kept?.isThere == true ? ["select"] : ["match", "select"]
        return phases.map { .init($0) }
    }

    /// What a hash is of, beside its message: a block of 64 bytes, so that it is hashed once for all messages.
    func domain(_ purpose: String, _ member: Party, jobHash: [UInt8]) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.text("colonnade/align/\(purpose)/v2")
        // Kept tags are the same in every job.
        writer.raw(schedule.kept == nil ? jobHash : [UInt8](repeating: 0, count: jobHash.count))
        writer.raw(schedule.kept?.name ?? schedule.session)
        writer.count(index)
        writer.party(member)
        return SHA256.hash(writer.bytes) + [UInt8](repeating: 0, count: 32)
    }
}
