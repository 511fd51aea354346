internal import Arithmetic

/// Powers of one base, known long before the exponents, by a comb (Lim and Lee, CRYPTO 1994).
///
/// The exponent's bits are cut into pieces of `teeth * spacing` bits. For each piece the table holds the product of
/// every subset of the base's powers `2^(spacing * i)` in it, `i < teeth`. An exponentiation then costs `spacing`
/// squarings and, for each piece that the exponent reaches into, `spacing` multiplications; no step is left out for a
/// zero digit.
struct FixedBase: Sendable {
    private static let teeth = 10
    private static let spacing = 32

    let base: Integer
    private let modulus: Integer
    private let pieces: [[Integer]]

    /// Prepares for exponents of up to `exponentBits` bits.
    init(_ base: Integer, modulo modulus: Integer, exponentBits: Int) {
        self.base = base
        self.modulus = modulus
        let count = (exponentBits + Self.teeth * Self.spacing - 1) / (Self.teeth * Self.spacing)
        var power = ModularProduct(base, modulo: modulus)
        let teeth = (0..<count * Self.teeth).map { _ in
            defer { for _ in 0..<Self.spacing { power.square() } }
            return power.value
        }
        pieces = Parallel.map(count: count) {
            subsetProducts(of: teeth[$0 * Self.teeth..<($0 + 1) * Self.teeth], modulo: modulus)
        }
    }

    /// `base^exponent`. The number of multiplications depends on the exponent's width only; which residues of the table
    /// are read depends on its bits, which somebody who shares the processor's caches could observe.
    func power(variableTime exponent: Exponent) -> Integer {
        let pieceBits = Self.teeth * Self.spacing
        let used = pieces[..<((exponent.bitCount + pieceBits - 1) / pieceBits)]
        var product = ModularProduct(1, modulo: modulus)
        for offset in (0..<Self.spacing).reversed() {
            product.square()
            for (index, piece) in used.enumerated() {
                let digit = (0..<Self.teeth).reduce(0) { digit, tooth in
                    digit | exponent.bit(index * pieceBits + tooth * Self.spacing + offset) << tooth
                }
                product.multiply(by: piece[digit])
            }
        }
        return product.value
    }
}

/// The products of all subsets of `factors` modulo `modulus`; bit `i` of the index says whether factor `i` is in.
///
/// The empty product is `modulus + 1`: congruent to 1, but of full size, so that multiplying by it takes as long as by
/// any other.
func subsetProducts(of factors: ArraySlice<Integer>, modulo modulus: Integer) -> [Integer] {
    var products = [modulus + 1]
    products.reserveCapacity(1 << factors.count)
    for factor in factors {
        let others = 1..<products.count
        products.append(factor)
        for index in others {
            var product = products[index]
            product.multiply(by: factor, modulo: modulus)
            products.append(product)
        }
    }
    return products
}
