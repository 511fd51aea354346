public import Arithmetic

/// How a quotient becomes an integer.
///
/// Two shares of one number are rounded by opposite directions, floor at the feature party and ceiling at the label party:
/// the fraction of a masked share is uniform, so their sum is the exact quotient rounded up with the probability of its
/// fraction - unbiased. Floor at both sides would lose one unit in every step.
public enum Rounding: Hashable, Sendable {
    /// Toward minus infinity.
    case floor
    /// Toward plus infinity.
    case ceiling
    /// To the nearest integer, ties to the even one.
    case halfEven

    /// `value / 2^bits`.
    public func shift(_ value: Integer, by bits: Int) -> Integer {
        switch self {
        case .floor: return value >> bits
        case .ceiling: return -(-value >> bits)
        case .halfEven: return Self.nearest(floor: value >> bits, remainder: value.lowBits(bits), of: 1 << bits)
        }
    }

    /// `value / 2^bits`, for `bits` below the width of `value`.
    public func shift<Value: FixedWidthInteger & SignedInteger>(_ value: Value, by bits: Int) -> Value {
        let floor = value >> bits
        let remainder = value & ((1 << bits) - 1)
        switch self {
        case .floor: return floor
        case .ceiling: return remainder == 0 ? floor : floor + 1
        case .halfEven:
            // `remainder` against its complement, for twice the remainder might not fit.
            let complement = (1 << bits) - remainder
            let up = remainder > complement || (remainder == complement && !floor.isMultiple(of: 2))
            return up ? floor + 1 : floor
        }
    }

    /// `dividend / divisor` to the nearest integer, ties to even, for a positive divisor.
    public static func halfEvenQuotient(_ dividend: Integer, _ divisor: Integer) -> Integer {
        nearest(floor: dividend.floorQuotient(divisor), remainder: dividend.modulo(divisor), of: divisor)
    }

    private static func nearest(floor: Integer, remainder: Integer, of divisor: Integer) -> Integer {
        let doubled = remainder << 1
        let up = doubled > divisor || (doubled == divisor && floor.isOdd)
        return up ? floor + 1 : floor
    }
}
