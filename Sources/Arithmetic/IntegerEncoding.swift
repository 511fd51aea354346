import CGMP

extension Integer {
    /// The number that the bytes spell, most significant first. No bytes: zero. The caller bounds their number.
    public init(bigEndian bytes: some Collection<UInt8>) {
        self.init(bytes: bytes, order: 1)
    }

    /// The number that the bytes spell, least significant first. No bytes: zero. The caller bounds their number.
    public init(littleEndian bytes: some Collection<UInt8>) {
        self.init(bytes: bytes, order: -1)
    }

    /// Exactly `count` bytes, most significant first.
    ///
    /// - Throws: `ArithmeticError.negative`, `ArithmeticError.wider(thanBytes:)`.
    public func bigEndianBytes(count: Int) throws(ArithmeticError) -> [UInt8] {
        Array(try littleEndianBytes(count: count).reversed())
    }

    /// Exactly `count` bytes, least significant first.
    ///
    /// - Throws: `ArithmeticError.negative`, `ArithmeticError.wider(thanBytes:)`.
    public func littleEndianBytes(count: Int) throws(ArithmeticError) -> [UInt8] {
        guard signum >= 0 else { throw .negative }
        guard bitLength <= 8 * count else { throw .wider(thanBytes: count) }
        var bytes = [UInt8](repeating: 0, count: count)
        withExtendedLifetime(storage) { _ = __gmpz_export(&bytes, nil, -1, 1, 0, 0, storage.mpz) }
        return bytes
    }

    /// Reads an optional minus sign and decimal digits; nothing else is accepted. The caller bounds the length.
    ///
    /// - Throws: `ArithmeticError.notDecimal`.
    public init(decimal text: String) throws(ArithmeticError) {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw .notDecimal
        }
        self.init()
        __gmpz_set_str(storage.mpz, text, 10)
    }

    /// The value in decimal digits, with a minus sign if negative.
    public var decimal: String {
        withExtendedLifetime(storage) {
            // Two more bytes: sign and terminating zero.
            var text = [CChar](repeating: 0, count: __gmpz_sizeinbase(storage.mpz, 10) + 2)
            __gmpz_get_str(&text, 10, storage.mpz)
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// The value modulo `2^64` as its signed representative in `[-2^63, 2^63)`.
    public var truncatingInt64: Int64 {
        withExtendedLifetime(storage) {
            let magnitude = Int64(truncatingIfNeeded: __gmpz_get_ui(storage.mpz))
            return signum < 0 ? 0 &- magnitude : magnitude
        }
    }

    /// The value modulo `2^128` as its signed representative in `[-2^127, 2^127)`.
    public var truncatingInt128: Int128 {
        let magnitude = withWords { words in
            words.prefix(2).reversed().reduce(UInt128(0)) { $0 << 64 | UInt128($1) }
        }
        let value = Int128(truncatingIfNeeded: magnitude)
        return signum < 0 ? 0 &- value : value
    }

    /// The number of these 64-bit words, least significant first.
    package init(words: UnsafeBufferPointer<UInt64>) {
        self.init()
        __gmpz_import(storage.mpz, words.count, -1, MemoryLayout<UInt64>.size, 0, 0, words.baseAddress)
    }

    /// The number of these 64-bit words, least significant first.
    init(words: [UInt64]) {
        self.init()
        __gmpz_import(storage.mpz, words.count, -1, MemoryLayout<UInt64>.size, 0, 0, words)
    }

    /// Lends the 64-bit words of the absolute value, least significant first, without leading zeros.
    package func withWords<Result>(_ body: (UnsafeBufferPointer<UInt64>) -> Result) -> Result {
        withExtendedLifetime(storage) {
            let words = UnsafeRawBufferPointer(  // borrowed for the call, while `storage` is kept alive
                start: __gmpz_limbs_read(storage.mpz), count: 8 * __gmpz_size(storage.mpz))
            return body(words.bindMemory(to: UInt64.self))
        }
    }

    private init(bytes: some Collection<UInt8>, order: Int32) {
        self.init()
        let storage = self.storage
        let imported: Void? = bytes.withContiguousStorageIfAvailable {
            __gmpz_import(storage.mpz, $0.count, order, 1, 0, 0, $0.baseAddress)
        }
        if imported == nil {
            let bytes = Array(bytes)
            __gmpz_import(storage.mpz, bytes.count, order, 1, 0, 0, bytes)
        }
    }
}

/// Why an integer cannot be read or written. Holds sizes, never values.
public enum ArithmeticError: Error, Equatable, CustomStringConvertible {
    /// A negative integer has no encoding as unsigned bytes.
    case negative
    /// The integer needs more bytes than there is room for.
    case wider(thanBytes: Int)
    /// The text is not an optional minus sign followed by decimal digits.
    case notDecimal

    public var description: String {
        switch self {
        case .negative: "a negative integer cannot be written as unsigned bytes"
        case .wider(let bytes): "the integer does not fit in \(bytes) bytes"
        case .notDecimal: "an integer is an optional minus sign followed by decimal digits"
        }
    }
}
