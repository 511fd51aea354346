internal import Cryptography
internal import Identifiers
internal import Specification

/// F(id) = b H(id), by x-coordinate, where b is the member's secret. The leader sends a H(id) under a secret of its own, gets b a H(id)
/// back and takes a away again.
struct BlindedLeader: LeaderFunction {
    private let bucket: AlignmentBucket
    private let list: PaddedList
    /// Which id of the list travels at each position: a position says nothing about its id.
    private let order: [Int32]
    private let scalar: CurveScalar
    private var values: [Party: [UInt8]]
    /// The parts that were sent.
    private var sent = 0
    /// What is awaited: a part of a member.
    private var missing: ArraySlice<Party>
    private var part = 0

    init(_ bucket: AlignmentBucket, _ list: PaddedList, random: any RandomSource, name: String) throws {
        (self.bucket, self.list) = (bucket, list)
        order = try random.stream("\(name)/order").permutation(of: list.capacity)
        scalar = try CurveScalar(bytes: random.stream("\(name)/scalar").secret(32))
        missing = bucket.members[...]
        let blank = [UInt8](repeating: 0, count: list.capacity * CurvePoint.byteCount)
        values = Dictionary(uniqueKeysWithValues: bucket.members.map { ($0, blank) })
    }

    var awaiting: Party? { missing.first }

    mutating func start() throws -> [Action<AlignedPlaces>] { try proceed() }

    /// The next part of the ids, hashed to the curve and blinded.
    mutating func proceed() throws -> [Action<AlignedPlaces>] {
        let range = bucket.parts[sent]
        let ids = list.hashes.records(at: order[range], size: IDHash.byteCount)
        let points = try CurvePoint.multiply(CurvePoint.hash(packed: ids, each: IDHash.byteCount), by: scalar)
        let frame = AlignmentStep.blinded.frame(CurvePoint.encode(points), shape: [range.count], round: sent)
        sent += 1
        return bucket.members.map { .send(frame, to: $0) } + (sent < bucket.parts.count ? [.proceed] : [])
    }

    mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<AlignedPlaces>] {
        let range = bucket.parts[part]
        let payload = try AlignmentStep.evaluated.payload(
            frame, from: peer, shape: [range.count], bytes: range.count * CurvePoint.byteCount, round: part)
        let points: [CurvePoint]
        do { points = try CurvePoint.multiply(CurvePoint.decode(payload), by: scalar.inverse) } catch {
            throw AlignmentStep.evaluated.violation(
                frame, peer, expected: "\(range.count) points of Curve25519", found: error.description)
        }
        values[peer]?.place(CurvePoint.encode(points), at: order[range], size: CurvePoint.byteCount)
        part += 1
        if part == bucket.parts.count { (part, missing) = (0, missing.dropFirst()) }
        return []
    }

    func values(of member: Party) -> Values { Values(bytes: values[member, default: []], size: CurvePoint.byteCount) }
}
