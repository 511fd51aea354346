/// The sizes of keys, in bits of the modulus n.
public enum KeySize {
    /// What a job uses unless it says otherwise: 128-bit security (NIST SP 800-57 part 1, table 2).
    public static let standard = 3072
    /// The floor is 112-bit security; the ceiling is what the kernels are built for.
    public static let allowed = 2048...4096
    /// Both primes have half the bits, in whole bytes.
    static let step = 16

    /// - Throws: `PaillierError.keySize(bits:)`.
    static func check(_ bits: Int) throws(PaillierError) {
        guard allowed.contains(bits), bits % step == 0 else { throw .keySize(bits: bits) }
    }
}
