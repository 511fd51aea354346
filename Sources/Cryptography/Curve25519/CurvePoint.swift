/// A point on Curve25519 by its x-coordinate alone (u in RFC 7748), canonical: a number below p = 2^255 - 19.
///
/// P and -P are the same to it. There are four ways to get one: ``base``, ``hash(_:)``, ``decode(_:)`` of what a peer sent, and
/// multiplication of any, so a point is always on the curve, never on its twist. All work on many points at once, on all cores,
/// because one inversion serves a whole run of them, and a vector of the processor holds eight.
public struct CurvePoint: Hashable, Sendable {
    /// The length of a point's encoding in bytes.
    public static let byteCount = 32

    /// The base point, x = 9, which generates the subgroup of prime order.
    public static let base = CurvePoint(x: Words(9, 0, 0, 0))

    let x: Words

    /// The x-coordinate, little-endian: 32 bytes.
    public var bytes: [UInt8] { x.littleEndianBytes }

    /// The points' x-coordinates one after the other, 32 bytes each.
    public static func encode(_ points: [CurvePoint]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: points.count * byteCount) { bytes, initialized in
            initialized = points.count * byteCount
            for (index, point) in points.enumerated() {
                point.x.store(littleEndian: UnsafeMutableRawBufferPointer(bytes), at: index * byteCount)
            }
        }
    }

    /// The points that a peer sent, each checked: a canonical number, on the curve.
    ///
    /// Points of small order pass; ``multiply(_:by:)`` refuses them. That there are as many as announced, and none twice, is for the
    /// protocol to check. Takes a time that may depend on the points, which both ends know.
    ///
    /// - Throws: `wrongLength` unless the bytes are whole points; `pointNotCanonical` or `pointNotOnCurve` with the first bad index.
    public static func decode(_ bytes: [UInt8]) throws(CryptographyError) -> [CurvePoint] {
        try decode(bytes, path: .fastest)
    }

    /// The same on a path of one's choice.
    package static func decode(_ bytes: [UInt8], path: CurvePath) throws(CryptographyError) -> [CurvePoint] {
        let count = bytes.count / byteCount
        guard bytes.count == count * byteCount else {
            throw .wrongLength(of: "curve points", expected: (count + 1) * byteCount, got: bytes.count)
        }
        let points = [CurvePoint](unsafeUninitializedCapacity: count) { points, initialized in
            initialized = count
            bytes.withUnsafeBytes { bytes in
                for index in 0..<count {
                    let x = Words(littleEndian: bytes, at: index * byteCount)
                    points.initializeElement(at: index, to: CurvePoint(x: x))
                }
            }
        }
        let kernels = path.kernels
        let faults: [UInt8] = inParallel(count: count, run: kernels.run) { start, faults in
            points.withCoordinates(start..<start + faults.count) { kernels.check($0, into: faults) }
        }
        guard let index = faults.firstIndex(where: { $0 != PointFault.sound }) else { return points }
        throw faults[index] == PointFault.notCanonical
            ? .pointNotCanonical(index: index) : .pointNotOnCurve(index: index)
    }
}

// A point is its coordinate and nothing else, so memory of points is memory of coordinates.

extension [CurvePoint] {
    /// Lends the coordinates of some points.
    func withCoordinates(_ range: Range<Int>, _ body: (UnsafeBufferPointer<Words>) -> Void) {
        withUnsafeBufferPointer { UnsafeBufferPointer(rebasing: $0[range]).withMemoryRebound(to: Words.self, body) }
    }
}

extension UnsafeMutableBufferPointer<CurvePoint> {
    /// Lends places for coordinates, which `body` fills.
    func fillingCoordinates(_ body: (UnsafeMutableBufferPointer<Words>) -> Void) {
        withMemoryRebound(to: Words.self, body)
    }
}
