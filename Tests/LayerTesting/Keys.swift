internal import Cryptography
public import Paillier
public import Shares
public import Specification
internal import Synchronization

/// Recorded keys, which protect nothing, made once for each size.
public enum Keys {
    private static let made = Mutex<[String: PrivateKey]>([:])

    /// The key of this size that a party has in every test.
    public static func recorded(bits: Int, _ party: Party) -> PrivateKey {
        made.withLock { made in
            if let key = made["\(party) \(bits)"] { return key }
            guard let stream = try? RecordedRandomSource(seed: [9]).stream("\(party) \(bits)") else {
                preconditionFailure("a new source has used no name")
            }
            let key = PrivateKey.insecureGenerate(bits: bits, from: stream)
            made["\(party) \(bits)"] = key
            return key
        }
    }
}

/// An optimiser from decimal numbers.
public func optimiser(_ rate: String, momentum: String = "0", decay: String = "0") throws -> ShareOptimiser {
    try ShareOptimiser(
        rate: Fraction(decimal: rate), momentum: Fraction(decimal: momentum), decay: Fraction(decimal: decay))
}
