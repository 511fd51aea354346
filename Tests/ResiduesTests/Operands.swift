import Arithmetic

/// Operands at which carries, borrows and comparisons go wrong if they can.
enum Operands {
    /// Numbers below n whose limbs, of 52 bits and of 64, are at an end of their range.
    static func digitEdges(_ modulus: Integer) -> [Integer] {
        let bits = modulus.bitLength
        var edges: [Integer] = [0, 1, 2, modulus - 1, modulus - 2, modulus >> 1, Integer(powerOfTwo: bits - 1) - 1]
        for limb in [52, 64] {
            for place in stride(from: limb, to: bits, by: limb) {
                let power = Integer(powerOfTwo: place)
                // All limbs below a boundary full; one beyond it; the highest bit of a limb; all limbs above it full.
                edges += [power - 1, power, power + 1, Integer(powerOfTwo: place - 1), modulus - power]
                edges.append(Integer(powerOfTwo: bits - 1) - power)
            }
        }
        edges += (0..<bits / 52).flatMap { squareEdges(limb: $0) }
        return edges.filter { $0.signum >= 0 && $0 < modulus }
    }

    /// Two neighbouring limbs x and y, where the bit that doubling moves from x to y makes a column of the square negative for
    /// itself: (2 y + 1) x = 1 modulo 2^52.
    private static func squareEdges(limb: Int) -> [Integer] {
        [Integer(powerOfTwo: 51) + 1, Integer(powerOfTwo: 51) + 3, Integer(powerOfTwo: 52) - 3].compactMap { x in
            guard let inverse = x.inverse(modulo: Integer(powerOfTwo: 52)) else { return nil }
            return (x + (inverse >> 1) << 52) << (52 * limb)
        }
    }

    /// Numbers below n^2 with such digits.
    static func edges(_ modulus: Integer) -> [Integer] {
        let digits = digitEdges(modulus)
        let named: [Integer] = [
            0, 1, modulus - 1, modulus, modulus + 1, modulus * (modulus - 1), modulus * modulus - 1,
            modulus * modulus - modulus - 1, modulus * modulus - modulus + 1,
        ]
        let random = digits.indices.map { index in digits[(index * 31 + 17) % digits.count] }
        return named + digits + digits.map { modulus * $0 } + digits.map { $0 + modulus * (modulus - 1) }
            + zip(digits, random).map { $0 + modulus * $1 } + digits.map { $0 + modulus * $0 }
    }
}
