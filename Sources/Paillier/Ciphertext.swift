internal import Arithmetic
internal import Residues
internal import Workers

/// One encrypted integer: a unit modulo n^2. It says nothing about which key it belongs to; who holds it knows.
public struct Ciphertext: Hashable, Sendable {
    let residue: Residue

    init(_ residue: Residue) {
        self.residue = residue
    }
}

extension PublicKey {
    public var keyBits: Int { modulus.bitLength }

    public var ciphertextBytes: Int { keyBits / 4 }

    public func encode(_ ciphertexts: [Ciphertext]) -> [UInt8] {
        ciphertexts.flatMap { radix.integer($0.residue).bytes(count: ciphertextBytes) }
    }

    /// Checks for each ciphertext `1 < c < n^2`, `gcd(c, n) = 1`, `c mod n` neither 1 nor n - 1.
    public func decode(_ bytes: [UInt8], count: Int) throws(PaillierError) -> [Ciphertext] {
        try CiphertextReader(self).decode(bytes, count: count)
    }

    /// Sums of ciphertexts, place by place. Not re-randomised.
    public func add(_ left: [Ciphertext], _ right: [Ciphertext]) throws(PaillierError) -> [Ciphertext] {
        precondition(left.count == right.count, "vectors of equal length")
        operations.count { $0.added += left.count }
        return try radix.products(left, right)
    }
}

extension RadixModulus {
    /// Products of ciphertexts, place by place: sums of what is encrypted.
    ///
    /// - Throws: `PaillierError.cancelled`.
    func products(_ left: [Ciphertext], _ right: [Ciphertext]) throws(PaillierError) -> [Ciphertext] {
        try inBlocks(left.count) { places in
            let product = ElementBlock(self, left[places].map(\.residue)[...])
            product.toMontgomery()
            product.multiply(by: ElementBlock(self, right[places].map(\.residue)[...]))
            return product.residues(places.count).map { Ciphertext($0) }
        }
    }
}

// MARK: - On all cores

/// Results of independent computations, in order.
///
/// - Throws: `PaillierError.cancelled`.
func inParallel<Element: Sendable>(
    count: Int, reportsProgress: Bool = false, _ body: @Sendable (Int) -> Element
) throws(PaillierError) -> [Element] {
    guard let elements = Parallel.map(count: count, reportsProgress: reportsProgress, body) else { throw .cancelled }
    return elements
}

/// Places of a block.
let blockSize = 8

/// Blocks for so many places.
func blockCount(_ count: Int) -> Int { (count + blockSize - 1) / blockSize }

/// Results of computations on blocks of at most eight places, in order.
///
/// - Throws: `PaillierError.cancelled`.
func inBlocks<Element: Sendable>(
    _ count: Int, reportsProgress: Bool = false, _ body: @Sendable (Range<Int>) -> [Element]
) throws(PaillierError) -> [Element] {
    try inParallel(count: blockCount(count), reportsProgress: reportsProgress) {
        body($0 * blockSize..<min(($0 + 1) * blockSize, count))
    }.flatMap { $0 }
}

extension Integer {
    /// The bytes of a residue that is known to fit, most significant first.
    func bytes(count: Int) -> [UInt8] {
        do {
            return try bigEndianBytes(count: count)
        } catch {
            preconditionFailure("a residue fits in the bytes of its modulus")
        }
    }
}
