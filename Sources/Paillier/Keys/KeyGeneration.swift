internal import Arithmetic
public import Cryptography
internal import Glibc
package import Residues

extension PrivateKey {
    /// Makes a key: |n| exactly `bits`; p and q random primes of equal size, 3 modulo 4, far apart, with
    /// `gcd(p - 1, q - 1) = 2` and `gcd(n, (p - 1)(q - 1)) = 1`. Takes up to seconds; variable time.
    ///
    /// - Throws: `PaillierError.keySize(bits:)`.
    public static func generate(
        bits: Int = KeySize.standard, from stream: RandomStream
    ) throws(PaillierError) -> PrivateKey {
        try KeySize.check(bits)
        return insecureGenerate(bits: bits, from: stream)
    }

    /// As `generate`, for sizes that protect nothing: tests only.
    package static func insecureGenerate(
        bits: Int, from stream: RandomStream, path: KernelPath = .fastest
    ) -> PrivateKey {
        precondition(bits >= 128 && bits % KeySize.step == 0, "primes have whole bytes and are larger than 2^16")
        let p = randomPrime(bits: bits / 2, from: stream)
        while true {
            let q = randomPrime(bits: bits / 2, from: stream)
            // FIPS 186-5, A.1.3: primes that are close are found by Fermat's method.
            guard (p - q).magnitude.bitLength > bits / 2 - 100 else { continue }
            guard (p - 1).gcd(q - 1) == 2 else { continue }
            if let key = PrivateKey(p, q, path: path) { return key }
        }
    }

    /// A random prime that is 3 modulo 4, with its two highest bits set, so that a product of two has twice the bits.
    private static func randomPrime(bits: Int, from stream: RandomStream) -> Integer {
        while true {
            var bytes = stream.bytes(bits / 8)
            bytes[0] |= 0b1100_0000
            bytes[bytes.count - 1] |= 0b11
            let candidate = Integer(bigEndian: bytes)
            bytes.withUnsafeMutableBytes { if let start = $0.baseAddress { explicit_bzero(start, $0.count) } }
            if !SmallPrimes.divide(candidate), candidate.isProbablePrime(rounds: millerRabinRounds) {
                return candidate
            }
        }
    }

    /// More than FIPS 186-5, table B.1, asks for at any size; Baillie-PSW comes on top.
    private static let millerRabinRounds = 32
}
