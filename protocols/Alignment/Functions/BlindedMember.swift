internal import Cryptography
internal import Identifiers
internal import Specification

/// The member's side of ``BlindedLeader``: multiplies its own ids' points by b, and those that the leader blinded.
struct BlindedMember: MemberFunction {
    private let bucket: AlignmentBucket
    private let scalar: CurveScalar
    private let own: [CurvePoint]
    /// The leader's points that are still to be checked and answered, as they came, part by part.
    private var blinded: [[UInt8]] = []
    private var answered = 0
    /// Leading bytes of every answer: none may come twice.
    private var seen: [UInt8] = []

    /// - Parameter secret: Gives the scalar where the member's tags are kept; otherwise it is new.
    init(
        _ bucket: AlignmentBucket, _ list: PaddedList, secret: SecretBytes, random: any RandomSource, name: String
    ) throws {
        self.bucket = bucket
        let source = bucket.schedule.kept == nil ? random : try KeyedRandomSource(key: secret)
        scalar = try CurveScalar(
            bytes: source.stream(bucket.schedule.kept == nil ? "\(name)/scalar" : "kept/scalar").secret(32))
        guard bucket.schedule.kept?.isThere != true else {
            own = []
            return
        }
        // At once: the leader blinds its own meanwhile.
        own = try CurvePoint.multiply(CurvePoint.hash(packed: list.ids, each: IDHash.byteCount), by: scalar)
    }

    var isWaiting: Bool { blinded.count < bucket.parts.count }

    mutating func start() throws -> [Action<AlignedPlaces>] { [] }

    mutating func receive(_ frame: Frame, from leader: Party) throws -> [Action<AlignedPlaces>] {
        let part = blinded.count
        let count = bucket.parts[part].count
        blinded.append(
            try AlignmentStep.blinded.payload(
                frame, from: leader, shape: [count], bytes: count * CurvePoint.byteCount, round: part))
        return isWaiting ? [] : [.proceed]
    }

    /// The answer to the next part: while the leader takes its own secret away, the one after it is computed.
    mutating func proceed() throws -> [Action<AlignedPlaces>] {
        guard answered < bucket.parts.count else { return [] }
        let (part, count) = (answered, bucket.parts[answered].count)
        let answers: [CurvePoint]
        do { answers = try CurvePoint.multiply(CurvePoint.decode(blinded[part]), by: scalar) } catch {
            throw refusal(of: part, error.description)
        }
        blinded[part] = []
        answered += 1
        let bytes = CurvePoint.encode(answers)
        // Compared after the multiplication: it takes points to the same point that differ in a part of small order only.
        for index in 0..<count { seen += bytes[index * CurvePoint.byteCount..<index * CurvePoint.byteCount + 16] }
        if answered == bucket.parts.count, let index = SortedTags(sorting: seen, size: 16).firstRepetition {
            throw refusal(of: part, "the same twice, of \(index) in order")
        }
        return [
            .send(AlignmentStep.evaluated.frame(bytes, shape: [count], round: part), to: bucket.leader), .proceed,
        ]
    }

    func values() -> Values { Values(bytes: CurvePoint.encode(own), size: CurvePoint.byteCount) }

    /// The leader's points are at fault, though all of them have come by now.
    private func refusal(of part: Int, _ found: String) -> ProtocolViolation {
        AlignmentStep.blinded.violation(
            AlignmentStep.blinded.frame([], shape: [bucket.parts[part].count], round: part), bucket.leader,
            expected: "different points of Curve25519", found: found)
    }
}
