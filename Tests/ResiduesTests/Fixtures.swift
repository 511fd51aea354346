import Arithmetic
import Cryptography
import Residues

/// Fast pseudorandom numbers that are the same in every run (Steele, Lea and Flood's SplitMix64, OOPSLA 2014).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) { state = UInt64(bitPattern: Int64(seed)) }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// A number below 2^bits.
    mutating func integer(bits: Int) -> Integer {
        let words = (0..<(bits + 63) / 64).map { _ in next() }
        return words.withUnsafeBufferPointer { Integer(words: $0) }.lowBits(bits)
    }

    /// A number below `bound`, as good as uniform.
    mutating func integer(below bound: Integer) -> Integer {
        integer(bits: bound.bitLength + 64).modulo(bound)
    }

    /// An odd number of exactly that many bits.
    mutating func modulus(bits: Int) -> Integer {
        Integer(powerOfTwo: bits - 1) + (integer(bits: bits - 2) << 1) + 1
    }

    /// Units modulo n^2.
    mutating func units(_ count: Int, modulo modulus: RadixModulus) -> [Integer] {
        (0..<count).map { _ in
            while true {
                let candidate = integer(below: modulus.square)
                if candidate.gcd(modulus.value) == 1 { return candidate }
            }
        }
    }
}

/// Bits of n whose digits have 20, 30, ..., 80 limbs, the most and the least of some among them.
let sizeClasses = [512, 1024, 1026, 1027, 1536, 2048, 2066, 2067, 2500, 3072, 3500, 4096, 4146]

/// The same bytes for the same name, every time.
func stream(_ name: String) -> RandomStream {
    guard let stream = try? RecordedRandomSource(seed: [11]).stream(name) else {
        preconditionFailure("a new source has used no name")
    }
    return stream
}

/// The exponent that `Exponent` draws from the stream of this name.
func exponentValue(bitCount: Int, _ name: String) -> Integer {
    Integer(littleEndian: stream(name).bytes((bitCount + 7) / 8)).lowBits(bitCount)
}

extension ElementBlock {
    /// Numbers below n^2, at most eight.
    convenience init(_ modulus: RadixModulus, numbers: [Integer]) {
        self.init(modulus, numbers.map { modulus.residue($0) }[...])
    }

    /// Numbers below n^2, at most eight, in Montgomery's form.
    static func montgomery(_ modulus: RadixModulus, _ numbers: [Integer]) -> ElementBlock {
        let block = ElementBlock(modulus, numbers: numbers)
        block.toMontgomery()
        return block
    }

    /// The first residues that this stands for in Montgomery's form.
    func montgomeryIntegers(_ count: Int) -> [Integer] {
        fromMontgomery()
        return integers(count)
    }
}
