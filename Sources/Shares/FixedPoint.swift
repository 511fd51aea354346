public import Arithmetic

/// Real numbers as integers at the scale `2^20`: features, weights and derivatives; products of two stand at `2^40`.
///
/// The scale belongs to the tensor, never to a value: a floating exponent would travel in the clear and tell magnitudes.
public enum FixedPoint {
    /// Fractional bits of features, weights and derivatives.
    public static let fractionBits = 20
    /// Fractional bits of products of two of them: Z, gradients, velocities.
    public static let productFractionBits = 2 * fractionBits

    /// What an encoded value must stay strictly below, in absolute value.
    public struct Limit: Hashable, Sendable {
        /// Every encoded value is below `2^bits` in magnitude.
        public let bits: Int

        /// Features: |x| < 8.
        public static let feature = Limit(bits: fractionBits + 3)
        /// Derivatives of the loss by Z: |dZ| < 4.
        public static let derivative = Limit(bits: fractionBits + 2)

        /// The largest encoded value.
        public var largest: Int64 { 1 << bits - 1 }
    }

    /// The nearest integer to `value * 2^20`, ties to even.
    ///
    /// - Parameter clipping: Clamp finite values beyond the limit to it, where the job declares so.
    /// - Throws: `SharesError.outOfRange` for NaN, infinities and, unless clipping, values at or beyond the limit
    ///   after rounding.
    public static func encode(
        _ value: Double, within limit: Limit, clipping: Bool = false
    ) throws(SharesError) -> Int64 {
        let largest = Double(limit.largest)
        // The product is exact for every value that rounds to less than the limit: only the rounding rounds.
        let scaled = (value * Double(1 << fractionBits)).rounded(.toNearestOrEven)
        guard value.isFinite, clipping || abs(scaled) <= largest else { throw .outOfRange(limitBits: limit.bits) }
        return Int64(min(max(scaled, -largest), largest))
    }

    /// The real number that an integer at a scale of `2^fractionBits` stands for.
    public static func decode(_ value: Int64, fractionBits: Int = fractionBits) -> Double {
        Double(value) / Double(sign: .plus, exponent: fractionBits, significand: 1)
    }

    /// Refuses a matrix with a value at or beyond the limit: the bounds of everything computed from it would not hold.
    public static func check(_ matrix: Matrix<Int64>, within limit: Limit) throws(SharesError) {
        guard matrix.elements.allSatisfy({ $0.magnitude <= UInt64(limit.largest) }) else {
            throw .outOfRange(limitBits: limit.bits)
        }
    }

    /// The same for what a sparse matrix stores.
    public static func check(_ matrix: SparseMatrix<Int64>, within limit: Limit) throws(SharesError) {
        for row in 0..<matrix.rows {
            guard matrix.row(row).allSatisfy({ $0.value.magnitude <= UInt64(limit.largest) }) else {
                throw .outOfRange(limitBits: limit.bits)
            }
        }
    }
}
