internal import CVole
package import Cryptography

/// Shares of D y for each noisy entry y, from transfers in which the sender chose the bits of D (N. Gilboa, *Two party RSA key
/// generation*, CRYPTO 1999).
///
/// For bit i of D, both keys K_0, K_1 of its transfer stretch to t elements. The receiver sends u_i = PRG(K_0) + PRG(K_1) + X^i y;
/// the sender, who has the key of its bit, sums PRG(K_(D_i)) + D_i u_i, the receiver PRG(K_0):
///
///     receiver's share = sender's share + D y
///
/// u_i is masked by the key that the sender does not have.
package enum NoiseShares {
    /// The receiver's message, u_0 to u_127, and its shares.
    ///
    /// - Parameters:
    ///   - noise: y for each noisy entry, of degree below 64: one word each.
    ///   - keys: Both keys of each of 128 transfers.
    package static func offer(
        _ noise: SecretWords, keys: [(SecretBytes, SecretBytes)]
    ) -> (message: [UInt8], shares: SecretWords) {
        let shares = SecretWords(elements: noise.count), powers = SecretWords(elements: noise.count)
        for index in 0..<noise.count { powers[element: index] = BinaryElement(low: noise[index]) }
        var message = [UInt8](repeating: 0, count: BinaryElement.byteCount * noise.count * keys.count)
        message.withUnsafeMutableBytes { message in
            for (bit, (first, second)) in keys.enumerated() {
                let masks = (mask(first, count: noise.count), mask(second, count: noise.count))
                for index in 0..<noise.count {
                    let mask = masks.0[element: index]
                    shares[element: index] += mask
                    message.store(
                        mask + masks.1[element: index] + powers[element: index],
                        at: BinaryElement.byteCount * (bit * noise.count + index))
                    powers[element: index] = powers[element: index].timesX
                }
            }
        }
        return (message, shares)
    }

    /// The sender's shares.
    ///
    /// - Parameters:
    ///   - message: What ``offer(_:keys:)`` gave.
    ///   - delta: The bits of D, a byte 0 or 1 each.
    ///   - keys: The chosen key of each transfer.
    package static func accept(_ message: [UInt8], delta: SecretBytes, keys: [SecretBytes]) -> SecretWords {
        let count = message.count / (BinaryElement.byteCount * keys.count)
        let shares = SecretWords(elements: count)
        message.withUnsafeBytes { message in
            delta.withUnsafeBytes { delta in
                for (bit, key) in keys.enumerated() {
                    let chosen = cv_mask(UInt64(delta[bit]))
                    let masks = mask(key, count: count)
                    for index in 0..<count {
                        let offered = message.element(at: BinaryElement.byteCount * (bit * count + index))
                        shares[element: index] += masks[element: index] + offered.masked(chosen)
                    }
                }
            }
        }
        return shares
    }

    /// PRG: `count` elements of a key's ChaCha20 stream.
    private static func mask(_ key: SecretBytes, count: Int) -> SecretWords {
        let bytes = SecretBytes(wiping: ChaCha20Generator(key: key).next(BinaryElement.byteCount * count))
        let masks = SecretWords(elements: count)
        masks.withUnsafeWords { words in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(words).copyMemory(from: $0) }
        }
        return masks
    }
}
