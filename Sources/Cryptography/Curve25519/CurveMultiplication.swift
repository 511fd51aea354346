extension CurvePoint {
    /// Every point times `scalar`, in constant time: RFC 7748's X25519 without its acceptance of zero results.
    ///
    /// - Throws: `pointOfSmallOrder` with the first index whose product is the point at infinity: a peer sent a point that says
    ///   nothing about its secret.
    public static func multiply(
        _ points: [CurvePoint], by scalar: CurveScalar
    ) throws(CryptographyError) -> [CurvePoint] {
        try multiply(points, by: scalar, path: .fastest)
    }

    /// The same on a path of one's choice.
    package static func multiply(
        _ points: [CurvePoint], by scalar: CurveScalar, path: CurvePath
    ) throws(CryptographyError) -> [CurvePoint] {
        try multiply(points, by: LadderBits(scalar.bytes, steps: CurveScalar.bitCount), path: path)
    }

    /// Every point times what undoes a multiplication, in constant time; throws as ``multiply(_:by:)`` of a scalar.
    public static func multiply(
        _ points: [CurvePoint], by scalar: UnblindingScalar
    ) throws(CryptographyError) -> [CurvePoint] {
        try multiply(points, by: scalar, path: .fastest)
    }

    /// The same on a path of one's choice.
    package static func multiply(
        _ points: [CurvePoint], by scalar: UnblindingScalar, path: CurvePath
    ) throws(CryptographyError) -> [CurvePoint] {
        try multiply(points, by: LadderBits(scalar.bytes, steps: UnblindingScalar.bitCount), path: path)
    }

    /// Every point times a scalar of its own, in constant time, which costs no more than one scalar for all; throws as
    /// ``multiply(_:by:)``.
    ///
    /// - Parameter scalars: As many as points.
    public static func multiplyEach(
        _ points: [CurvePoint], by scalars: [CurveScalar]
    ) throws(CryptographyError) -> [CurvePoint] {
        try multiplyEach(points, by: scalars, path: .fastest)
    }

    /// The same on a path of one's choice.
    package static func multiplyEach(
        _ points: [CurvePoint], by scalars: [CurveScalar], path: CurvePath
    ) throws(CryptographyError) -> [CurvePoint] {
        precondition(points.count == scalars.count, "A scalar for each point.")
        return try multiply(points, by: LadderBits(each: scalars.map(\.bytes), steps: CurveScalar.bitCount), path: path)
    }

    /// ``base`` times each scalar, in constant time: public keys.
    ///
    /// Of a random scalar it is as good as uniform among the x-coordinates of the subgroup of prime order l: a clamped scalar is 8 k
    /// with k from 2^251 to 2^252 - 1, and k and l - k, whose multiples of a point are one to us, are all numbers below l, but for
    /// 2^125 of them.
    public static func multiplyBase(by scalars: [CurveScalar]) -> [CurvePoint] {
        multiplyBase(by: scalars, path: .fastest)
    }

    /// The same on a path of one's choice.
    package static func multiplyBase(by scalars: [CurveScalar], path: CurvePath) -> [CurvePoint] {
        let points = [CurvePoint](repeating: base, count: scalars.count)
        return products(points, by: LadderBits(each: scalars.map(\.bytes), steps: CurveScalar.bitCount), path: path)
    }

    private static func multiply(
        _ points: [CurvePoint], by bits: LadderBits, path: CurvePath
    ) throws(CryptographyError) -> [CurvePoint] {
        let products = products(points, by: bits, path: path)
        let infinity = Words(0, 0, 0, 0)
        if let index = products.firstIndex(where: { $0.x == infinity }) { throw .pointOfSmallOrder(index: index) }
        return products
    }

    private static func products(_ points: [CurvePoint], by bits: LadderBits, path: CurvePath) -> [CurvePoint] {
        let kernels = path.kernels
        return inParallel(count: points.count, run: kernels.run) { start, products in
            points.withCoordinates(start..<start + products.count) { points in
                products.fillingCoordinates { kernels.multiply(points, by: bits, from: start, into: $0) }
            }
        }
    }
}
