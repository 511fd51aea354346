internal import Arithmetic

/// The primes below 2^16.
enum SmallPrimes {
    /// No prime of a modulus lies below this.
    static let bound = 1 << 16

    /// The product of all of them: whoever has a common factor with it has a small prime factor.
    static let product: Integer = {
        // Multiplied pairwise, so that factors stay of equal size.
        var factors = primes.map { Integer($0) }
        while factors.count > 1 {
            factors = stride(from: 0, to: factors.count, by: 2).map {
                $0 + 1 < factors.count ? factors[$0] * factors[$0 + 1] : factors[$0]
            }
        }
        return factors[0]
    }()

    /// Whether some prime below 2^16 divides the number.
    static func divide(_ number: Integer) -> Bool {
        number.gcd(product) != 1
    }

    /// The sieve of Eratosthenes.
    private static var primes: [Int] {
        var isComposite = [Bool](repeating: false, count: bound)
        return (2..<bound).filter { candidate in
            if isComposite[candidate] { return false }
            for multiple in stride(from: candidate * candidate, to: bound, by: candidate) {
                isComposite[multiple] = true
            }
            return true
        }
    }
}
