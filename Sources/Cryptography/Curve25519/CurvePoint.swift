/// A point on Curve25519 by its x-coordinate alone (u in RFC 7748), canonical: a number below p = 2^255 - 19.
///
/// P and -P are the same to it. There are three ways to get one: ``hash(_:)``, ``decode(_:)`` of what a peer sent, and
/// ``multiply(_:by:)`` of either, so a point is always on the curve, never on its twist. All work on many points at once, on all
/// cores, because one inversion serves a whole run of them.
public struct CurvePoint: Hashable, Sendable {
    /// The length of a point's encoding in bytes.
    public static let byteCount = 32

    /// How many points share an inversion: at 64 it costs 1 % of a ladder each.
    static let run = 64

    let x: Words

    /// The x-coordinate, little-endian: 32 bytes.
    public var bytes: [UInt8] { x.littleEndianBytes }

    /// The points' x-coordinates one after the other, 32 bytes each.
    public static func encode(_ points: [CurvePoint]) -> [UInt8] { points.flatMap(\.bytes) }

    /// The points that a peer sent, each checked: a canonical number, on the curve.
    ///
    /// Points of small order pass; ``multiply(_:by:)`` refuses them. That there are as many as announced, and none twice, is for the
    /// protocol to check. Takes a time that depends on the points, which both ends know.
    ///
    /// - Throws: `wrongLength` unless the bytes are whole points; `pointNotCanonical` or `pointNotOnCurve` with the first bad index.
    public static func decode(_ bytes: [UInt8]) throws(CryptographyError) -> [CurvePoint] {
        let count = bytes.count / byteCount
        guard bytes.count == count * byteCount else {
            throw .wrongLength(of: "curve points", expected: (count + 1) * byteCount, got: bytes.count)
        }
        let points = (0..<count).map {
            CurvePoint(x: Words(littleEndian: bytes[($0 * byteCount)...].prefix(byteCount)))
        }
        let faults: [CryptographyError?] = inParallel(count: count, run: run) { start, faults in
            for index in faults.indices {
                faults.initializeElement(at: index, to: points[start + index].fault(start + index))
            }
        }
        for case let fault? in faults { throw fault }
        return points
    }

    /// What is wrong with an x-coordinate that a peer sent, if anything; `index` is its place.
    private func fault(_ index: Int) -> CryptographyError? {
        let element = FieldElement(x)
        guard element.words == x else { return .pointNotCanonical(index: index) }
        // x^3 + 486662 x^2 + x = (x^2 + 486662 x + 1) x is a square on the curve; 0 only at x = 0, which has order 2.
        let square = (element.squared() + element.times(FieldElement.curveJ) + .one) * element
        return square.quadraticCharacter().isOneMask == 0 ? .pointNotOnCurve(index: index) : nil
    }

    /// Every point times `scalar`, in constant time: RFC 7748's X25519 without its acceptance of zero results.
    ///
    /// - Throws: `pointOfSmallOrder` with the first index whose product is the point at infinity: a peer sent a point that says
    ///   nothing about its secret.
    public static func multiply(
        _ points: [CurvePoint], by scalar: CurveScalar
    ) throws(CryptographyError) -> [CurvePoint] {
        let products = inParallel(count: points.count, run: run) { start, products in
            multiply(points[start..<start + products.count], by: scalar, into: products)
        }
        // The point at infinity is the fraction X / 0, which comes out as 0.
        let infinity = FieldElement.zero.words
        if let index = products.firstIndex(where: { $0.x == infinity }) { throw .pointOfSmallOrder(index: index) }
        return products
    }

    private static func multiply(
        _ points: ArraySlice<CurvePoint>, by scalar: CurveScalar, into products: UnsafeMutableBufferPointer<CurvePoint>
    ) {
        withUnsafeTemporaryAllocation(of: FieldElement.self, capacity: 2 * points.count) { fractions in
            let numerators = UnsafeMutableBufferPointer(rebasing: fractions[..<points.count])
            let denominators = UnsafeMutableBufferPointer(rebasing: fractions[points.count...])
            scalar.bytes.withUnsafeBytes { scalar in
                for (index, point) in points.enumerated() {
                    let (x, z) = MontgomeryLadder.multiply(FieldElement(point.x), by: scalar)
                    numerators.initializeElement(at: index, to: x)
                    denominators.initializeElement(at: index, to: z)
                }
            }
            FieldElement.invert(denominators)
            for index in products.indices {
                let x = (numerators[index] * denominators[index]).words
                products.initializeElement(at: index, to: CurvePoint(x: x))
            }
        }
    }
}
