extension CurvePoint {
    /// The domain separation tag of this project's points, RFC 9380 section 3.1. At 45 bytes, the second SHA-512 call is one block.
    package static let domain = "COLONNADE-V01-curve25519_XMD:SHA-512_ELL2_NU_"

    /// Hashes messages to points, in a time that depends on their lengths only: messages are secret identifiers.
    ///
    /// The suite `curve25519_XMD:SHA-512_ELL2_NU_` of RFC 9380, section 8.5, by x-coordinates and without the final multiplication by
    /// the cofactor, which clamped scalars contain. Non-uniform: the points are half of all, at most two field elements to each;
    /// enough for a Diffie-Hellman on them, and half the work.
    public static func hash(_ messages: [[UInt8]]) -> [CurvePoint] {
        hash(messages, domain: domain, path: .fastest)
    }

    /// The same of messages of `each` bytes, one after the other in one array.
    public static func hash(packed messages: [UInt8], each: Int) -> [CurvePoint] {
        hash(packed: messages, each: each, path: .fastest)
    }

    /// Under another domain, as the RFC's vectors have it, and on a path of one's choice.
    package static func hash(_ messages: [[UInt8]], domain: String, path: CurvePath = .fastest) -> [CurvePoint] {
        let expander = MessageExpander(domain: domain)
        return map(count: messages.count, path) { index in
            messages[index].withUnsafeBytes { expander.number(of: $0) }
        }
    }

    /// On a path of one's choice.
    package static func hash(packed messages: [UInt8], each: Int, path: CurvePath) -> [CurvePoint] {
        precondition(each > 0 && messages.count.isMultiple(of: each), "Whole messages, of at least a byte.")
        let expander = MessageExpander(domain: domain)
        return map(count: messages.count / each, path) { index in
            messages.withUnsafeBytes {
                expander.number(of: UnsafeRawBufferPointer(rebasing: $0[index * each..<(index + 1) * each]))
            }
        }
    }

    /// The points that Elligator 2 makes of the number of each index.
    private static func map(
        count: Int, _ path: CurvePath, _ number: @Sendable (_ index: Int) -> WideWords
    ) -> [CurvePoint] {
        let kernels = path.kernels
        return inParallel(count: count, run: kernels.run) { start, points in
            withUnsafeTemporaryAllocation(of: WideWords.self, capacity: points.count) { numbers in
                for index in numbers.indices { numbers.initializeElement(at: index, to: number(start + index)) }
                points.fillingCoordinates { kernels.map(UnsafeBufferPointer(numbers), into: $0) }
            }
        }
    }
}
