extension CurvePoint {
    /// The domain separation tag of this project's points, RFC 9380 section 3.1. At 45 bytes, the second SHA-512 call is one block.
    package static let domain = "COLONNADE-V01-curve25519_XMD:SHA-512_ELL2_NU_"

    /// Hashes messages to points, in a time that depends on their lengths only: messages are secret identifiers.
    ///
    /// The suite `curve25519_XMD:SHA-512_ELL2_NU_` of RFC 9380, section 8.5, by x-coordinates and without the final multiplication by
    /// the cofactor, which clamped scalars contain. Non-uniform: the points are half of all, at most two field elements to each;
    /// enough for a Diffie-Hellman on them, and half the work.
    public static func hash(_ messages: [[UInt8]]) -> [CurvePoint] { hash(messages, domain: domain) }

    /// The same under another domain, as the RFC's vectors have it.
    package static func hash(_ messages: [[UInt8]], domain: String) -> [CurvePoint] {
        let expander = MessageExpander(domain: domain)
        return inParallel(count: messages.count, run: run) { start, points in
            map(expander, messages[start..<start + points.count], to: points)
        }
    }

    private static func map(
        _ expander: MessageExpander, _ messages: ArraySlice<[UInt8]>, to points: UnsafeMutableBufferPointer<CurvePoint>
    ) {
        withUnsafeTemporaryAllocation(of: FieldElement.self, capacity: messages.count) { denominators in
            withUnsafeTemporaryAllocation(of: UInt64.self, capacity: messages.count) { squares in
                for (index, message) in messages.enumerated() {
                    let (denominator, isSquare) = elligator(expander.fieldElement(of: message))
                    denominators.initializeElement(at: index, to: denominator)
                    squares.initializeElement(at: index, to: isSquare)
                }
                FieldElement.invert(denominators)
                for index in points.indices {
                    let x1 = FieldElement.minusJ * denominators[index]
                    let x2 = FieldElement.minusJ - x1
                    let x = FieldElement.select(x1, else: x2, mask: squares[index]).words
                    points.initializeElement(at: index, to: CurvePoint(x: x))
                }
            }
        }
    }

    /// Elligator 2 (RFC 9380, section 6.7.1; Z = 2, J = 486662, K = 1) up to its division.
    ///
    /// The two candidates are x1 = -J / d with d = 1 + 2 u^2, and x2 = -J - x1; exactly one of them is on the curve. Returns d, which
    /// is never 0 because -1/2 is not a square, and all ones where it is x1, else 0.
    private static func elligator(_ u: FieldElement) -> (denominator: FieldElement, isSquare: UInt64) {
        let v = u.squared().times(2)
        let d = v + .one
        // x1^3 + J x1^2 + x1, times the square d^4: -J d (d^2 - J^2 v). Never 0, for J^2 - 4 is not a square.
        let square =
            FieldElement.minusJ * d * (d.squared() - v * FieldElement(FieldElement.curveJ * FieldElement.curveJ))
        return (d, square.quadraticCharacter().isOneMask)
    }
}

extension FieldElement {
    /// The curve's coefficient J, called A in RFC 7748.
    static let curveJ: UInt64 = 486_662

    static let minusJ = FieldElement(limbMask - 18 - curveJ, limbMask, limbMask, limbMask, limbMask)
}

/// `hash_to_field` of RFC 9380, sections 5.2 and 5.3.1, for one element: 48 bytes of expand_message_xmd with SHA-512, modulo p.
package struct MessageExpander: Sendable {
    /// SHA-512 of the constant first block, Z_pad: hashed once instead of for every message.
    private let blank: SHA512
    /// The tag with its length.
    private let suffix: [UInt8]

    package init(domain: String) {
        precondition(domain.utf8.count <= 255, "A domain separation tag has at most 255 bytes.")
        var blank = SHA512()
        blank.update([UInt8](repeating: 0, count: 128))
        self.blank = blank
        suffix = Array(domain.utf8) + [UInt8(domain.utf8.count)]
    }

    /// The element of `message`, loose.
    package func fieldElement(of message: [UInt8]) -> FieldElement {
        var first = blank
        first.update(message)
        first.update([0, 48, 0] + suffix)
        // From big-endian to little-endian: the low 256 bits, and 128 more, for which 2^256 = 38 mod p.
        let uniform = SHA512.hash(first.digest() + [1] + suffix).prefix(48).reversed()
        let low = FieldElement(Words(littleEndian: uniform.prefix(32)))
        let high = FieldElement(Words(littleEndian: uniform.dropFirst(32)))
        return low.carried() + high.times(38)
    }
}
