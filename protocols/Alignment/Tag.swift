internal import Cryptography
internal import Specification

/// A hash of a point that both ends of a link have blinded: equal where their ids are.
struct Tag: Hashable {
    /// Short enough to save a third of a point, long enough that no two differing ids meet: see `protocol.yaml`.
    static let byteCount = 12

    private let high: UInt64
    private let low: UInt32

    /// The first 12 of `bytes`.
    init(_ bytes: ArraySlice<UInt8>) {
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The tags of one job, of points in their order.
    static func tags(of points: [CurvePoint], jobHash: [UInt8]) -> [Tag] {
        var writer = CanonicalWriter()
        writer.text("colonnade/align/ecdh-tag/v1")
        writer.raw(jobHash)
        let prefix = writer.bytes
        return points.map { Tag(SHA256.hash(prefix + $0.bytes)[...]) }
    }

    static func encode(_ tags: [Tag]) -> [UInt8] {
        var writer = CanonicalWriter()
        for tag in tags {
            writer.integer(tag.high)
            writer.integer(tag.low)
        }
        return writer.bytes
    }

    /// The tags that fill `bytes`.
    static func decode(_ bytes: [UInt8]) -> [Tag] {
        stride(from: 0, to: bytes.count, by: byteCount).map { Tag(bytes[$0...]) }
    }
}

/// One bit a position, the lowest bit of the first byte first.
enum Bitmap {
    static func encode(_ positions: [Int], count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (count + 7) / 8)
        for position in positions { bytes[position / 8] |= 1 << UInt8(position % 8) }
        return bytes
    }

    /// The positions whose bit is set, those behind the last position included.
    static func decode(_ bytes: [UInt8]) -> [Int] {
        (0..<8 * bytes.count).filter { bytes[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
    }
}
