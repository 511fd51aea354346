package import Paillier
package import Specification

// What frames of statistics carry, as every role reads and writes it.

extension Frame {
    /// Real numbers.
    ///
    /// - Throws: `ProtocolViolation` for another number of them, or one that is not finite.
    package func numbers(from peer: Party, count: Int) throws(ProtocolViolation) -> [Double] {
        let values = payload.words.map { Double(bitPattern: $0) }
        guard payload.count == 8 * count, values.allSatisfy(\.isFinite) else {
            throw ProtocolViolation(header, from: peer, expected: "\(count) finite numbers", found: "something else")
        }
        return values
    }

    /// Ciphertexts under a key.
    ///
    /// - Throws: ``StatisticsError/invalidCiphertext(of:step:_:)``, `PaillierError.cancelled`.
    package func ciphertexts<Cipher: AdditiveCipher>(
        from peer: Party, under cipher: Cipher, count: Int
    ) throws -> [Cipher.Ciphertext] {
        do { return try cipher.decode(payload, count: count) } catch {
            // Who gives a job up in the middle of reading a frame has nothing to say against its sender.
            if error == .cancelled { throw error }
            throw StatisticsError.invalidCiphertext(of: peer, step: header.step, error)
        }
    }
}

extension CanonicalWriter {
    /// Real numbers, each as its IEEE 754 bit pattern, big-endian.
    package mutating func numbers(_ values: [Double]) { for value in values { integer(value.bitPattern) } }
}

extension [UInt8] {
    /// Big-endian words of 64 bits; bytes that are left over are left out.
    package var words: [UInt64] {
        stride(from: 0, to: count - count % 8, by: 8).map { start in
            self[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
