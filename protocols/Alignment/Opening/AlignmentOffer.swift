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

    /// - Throws: ``AlignmentError/noIDs``, ``AlignmentError/tooManyIDs(count:limit:)``.
    public init(
        ids: Int, declaration: [UInt8], session: [UInt8]? = nil, finished: Set<Int> = []
    ) throws(AlignmentError) {
        guard ids > 0 else { throw .noIDs }
        guard ids <= AlignmentProtocol.idLimit else {
            throw .tooManyIDs(count: ids, limit: AlignmentProtocol.idLimit)
        }
        precondition(declaration.count == 32 && session.map { $0.count == 16 } ?? true)
        precondition(finished.allSatisfy { (0..<AlignmentProtocol.bucketLimit).contains($0) })
        (self.ids, self.declaration, self.session, self.finished) = (ids, declaration, session, finished)
    }

    /// No session at all.
    private static let none = [UInt8](repeating: 0, count: 16)

    var encoded: [UInt8] {
        var writer = CanonicalWriter()
        writer.count(ids)
        writer.raw(declaration)
        writer.raw(session ?? Self.none)
        writer.raw(Bitmap.encode(finished.sorted(), count: AlignmentProtocol.bucketLimit))
        return writer.bytes
    }

    /// Reads what ``encoded`` gives, after the count.
    init(ids: Int, from reader: inout CanonicalReader) throws {
        declaration = try reader.raw(32)
        let session = try reader.raw(16)
        self.session = session == Self.none ? nil : session
        finished = Set(Bitmap.decode(try reader.raw(AlignmentProtocol.bucketLimit / 8)))
        self.ids = ids
    }
}
