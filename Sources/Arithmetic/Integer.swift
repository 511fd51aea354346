import CGMP

/// An integer of any size: a value type over GMP's `mpz`, copied on write.
///
/// Arithmetic takes time that depends on the operands' sizes (and, unless a declaration says otherwise, on their values).
/// Freed memory is cleared, for every integer of the process; copies that GMP keeps on its stack are not.
/// There is deliberately no `CustomStringConvertible`: an integer may be a secret, so printing one takes the word
/// `decimal`.
public struct Integer: Sendable {
    var storage: Storage

    init(_ storage: Storage) {
        self.storage = storage
    }

    /// Zero.
    public init() {
        self.init(Storage())
    }

    /// The same value.
    public init(_ value: Int) {
        self.init()
        __gmpz_set_si(storage.mpz, value)
    }

    /// The same value.
    public init(_ value: Int64) {
        self.init(Int(value))
    }

    /// The same value.
    public init(_ value: UInt64) {
        self.init()
        __gmpz_set_ui(storage.mpz, UInt(value))
    }

    /// The same value.
    public init(_ value: Int128) {
        let magnitude = value.magnitude
        let words = [UInt64(truncatingIfNeeded: magnitude), UInt64(truncatingIfNeeded: magnitude >> 64)]
        self.init(words: words)
        if value < 0 { __gmpz_neg(storage.mpz, storage.mpz) }
    }

    /// `2^exponent`.
    public init(powerOfTwo exponent: Int) {
        precondition(exponent >= 0, "a power of two needs a non-negative exponent")
        self.init()
        __gmpz_setbit(storage.mpz, UInt(exponent))
    }
}

extension Integer: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) {
        self.init(value)
    }
}

extension Integer: Comparable, Hashable {
    public static func == (left: Integer, right: Integer) -> Bool {
        compare(left, right) == 0
    }

    public static func < (left: Integer, right: Integer) -> Bool {
        compare(left, right) < 0
    }

    public func hash(into hasher: inout Hasher) {
        withExtendedLifetime(storage) {
            let limbs = __gmpz_size(storage.mpz)
            hasher.combine(signum)
            hasher.combine(
                bytes: UnsafeRawBufferPointer(  // borrowed for the call, while `storage` is kept alive
                    start: __gmpz_limbs_read(storage.mpz), count: limbs * MemoryLayout<mp_limb_t>.size))
        }
    }

    private static func compare(_ left: Integer, _ right: Integer) -> Int32 {
        withExtendedLifetime((left, right)) { __gmpz_cmp(left.storage.mpz, right.storage.mpz) }
    }
}

extension Integer {
    /// -1, 0 or 1.
    public var signum: Int {
        withExtendedLifetime(storage) { Int(colonnade_mpz_sgn(storage.mpz)) }
    }

    /// Whether the value is not a multiple of two.
    public var isOdd: Bool {
        withExtendedLifetime(storage) { colonnade_mpz_odd(storage.mpz) != 0 }
    }

    /// Bits of the absolute value without leading zeros; 0 for zero.
    public var bitLength: Int {
        withExtendedLifetime(storage) { colonnade_mpz_sgn(storage.mpz) == 0 ? 0 : __gmpz_sizeinbase(storage.mpz, 2) }
    }
}
