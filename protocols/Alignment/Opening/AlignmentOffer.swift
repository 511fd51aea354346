internal import Cryptography
internal import Specification

/// What a party brings to an alignment, beside its ids.
public struct AlignmentOffer: Hashable, Sendable {
    /// How many ids it offers.
    public var ids: Int
    /// How its keys are declared and made canonical: 32 bytes, the same at every party or nothing would match.
    public var declaration: [UInt8]
    /// The alignment that it has begun with these very ids: 16 bytes; `nil` if none.
    public var session: [UInt8]?
    /// Buckets of that session of which it has the result.
    public var finished: Set<Int>
    /// What this party has kept of an earlier alignment for ``AlignmentSchedule/Kept``; `nil` if nothing that is still good.
    public var kept: Kept?

    /// A member's tags at the leader, and at the member the secret that made them.
    public struct Kept: Hashable, Sendable {
        /// 16 bytes: the session that made them.
        public var name: [UInt8]
        /// How many buckets there were.
        public var buckets: Int

        public init(name: [UInt8], buckets: Int) { (self.name, self.buckets) = (name, buckets) }
    }

    /// - Throws: ``AlignmentError/noIDs``, ``AlignmentError/tooManyIDs(count:limit:)``.
    public init(
        ids: Int, declaration: [UInt8], session: [UInt8]? = nil, finished: Set<Int> = [], kept: Kept? = nil
    ) throws(AlignmentError) {
        guard ids > 0 else { throw .noIDs }
        guard ids <= AlignmentProtocol.idLimit else {
            throw .tooManyIDs(count: ids, limit: AlignmentProtocol.idLimit)
        }
        precondition(declaration.count == 32 && session?.count ?? 16 == 16 && kept?.name.count ?? 16 == 16)
        precondition(finished.allSatisfy { (0..<AlignmentProtocol.bucketLimit).contains($0) })
        (self.ids, self.declaration, self.session, self.finished) = (ids, declaration, session, finished)
        self.kept = kept
    }

    /// No session at all.
    private static let none = [UInt8](repeating: 0, count: 16)

    var encoded: [UInt8] {
        var writer = CanonicalWriter()
        writer.count(ids)
        writer.raw(declaration)
        writer.raw(session ?? Self.none)
        writer.raw(Bitmap.encode(finished.sorted(), count: AlignmentProtocol.bucketLimit))
        writer.raw(kept?.name ?? Self.none)
        writer.count(kept?.buckets ?? 0)
        return writer.bytes
    }

    /// Reads what ``encoded`` gives, after the count.
    init(ids: Int, from reader: inout CanonicalReader) throws {
        declaration = try reader.raw(32)
        let session = try reader.raw(16)
        self.session = session == Self.none ? nil : session
        finished = Set(Bitmap.decode(try reader.raw(AlignmentProtocol.bucketLimit / 8)))
        let (kept, buckets) = (try reader.raw(16), try reader.count())
        self.kept = kept == Self.none ? nil : Kept(name: kept, buckets: buckets)
        self.ids = ids
    }
}
