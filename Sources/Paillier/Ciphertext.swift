internal import Arithmetic

/// One encrypted integer: a unit modulo n^2. It says nothing about which key it belongs to; who holds it knows.
public struct Ciphertext: Hashable, Sendable {
    let residue: Integer

    init(_ residue: Integer) {
        self.residue = residue
    }
}

extension PublicKey {
    public var keyBits: Int { modulus.bitLength }

    public var ciphertextBytes: Int { keyBits / 4 }

    public func encode(_ ciphertexts: [Ciphertext]) -> [UInt8] {
        ciphertexts.flatMap { $0.residue.bytes(count: ciphertextBytes) }
    }

    /// Checks for each ciphertext `1 < c < n^2`, `gcd(c, n) = 1` and `c mod n != 1`.
    public func decode(_ bytes: [UInt8], count: Int) throws(PaillierError) -> [Ciphertext] {
        let (expected, overflow) = ciphertextBytes.multipliedReportingOverflow(by: count)
        guard count >= 0, !overflow, bytes.count == expected else {
            throw .length(expected: expected, actual: bytes.count)
        }
        return try Parallel.map(count: count) { index throws(PaillierError) in
            let residue = Integer(bigEndian: bytes[index * ciphertextBytes..<(index + 1) * ciphertextBytes])
            if let defect = defect(of: residue) { throw .ciphertext(index: index, defect) }
            return Ciphertext(residue)
        }
    }

    private func defect(of residue: Integer) -> CiphertextDefect? {
        guard residue > 1, residue < modulusSquared else { return .outOfRange }
        let reduced = residue.modulo(modulus)
        if reduced == 1 { return .withoutRandomness }
        return reduced.gcd(modulus) == 1 ? nil : .notInvertible
    }
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
