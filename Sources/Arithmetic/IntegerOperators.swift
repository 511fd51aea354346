import CGMP

extension Integer {
    public static func + (left: Integer, right: Integer) -> Integer {
        computed(left, right, __gmpz_add)
    }

    public static func - (left: Integer, right: Integer) -> Integer {
        computed(left, right, __gmpz_sub)
    }

    public static func * (left: Integer, right: Integer) -> Integer {
        computed(left, right, __gmpz_mul)
    }

    public static func += (left: inout Integer, right: Integer) {
        left.update(with: right, __gmpz_add)
    }

    public static func -= (left: inout Integer, right: Integer) {
        left.update(with: right, __gmpz_sub)
    }

    public static func *= (left: inout Integer, right: Integer) {
        left.update(with: right, __gmpz_mul)
    }

    public static prefix func - (operand: Integer) -> Integer {
        computed(operand, __gmpz_neg)
    }

    /// The absolute value.
    public var magnitude: Integer {
        .computed(self, __gmpz_abs)
    }

    /// `value * 2^bits`.
    public static func << (value: Integer, bits: Int) -> Integer {
        precondition(bits >= 0, "a shift needs a non-negative number of bits")
        return computed(value) { __gmpz_mul_2exp($0, $1, UInt(bits)) }
    }

    /// `value / 2^bits`, rounded toward minus infinity.
    public static func >> (value: Integer, bits: Int) -> Integer {
        precondition(bits >= 0, "a shift needs a non-negative number of bits")
        return computed(value) { __gmpz_fdiv_q_2exp($0, $1, UInt(bits)) }
    }

    /// The value modulo `2^count`, in `[0, 2^count)`.
    public func lowBits(_ count: Int) -> Integer {
        precondition(count >= 0, "a number of bits is not negative")
        return .computed(self) { __gmpz_fdiv_r_2exp($0, $1, UInt(count)) }
    }

    /// The quotient rounded toward minus infinity. The divisor must not be zero.
    public func floorQuotient(_ divisor: Integer) -> Integer {
        precondition(divisor.signum != 0, "division by zero")
        return .computed(self, divisor, __gmpz_fdiv_q)
    }

    /// The remainder in `[0, modulus)`. The modulus must be positive.
    public func modulo(_ modulus: Integer) -> Integer {
        precondition(modulus.signum > 0, "a modulus is positive")
        return .computed(self, modulus, __gmpz_mod)
    }
}
