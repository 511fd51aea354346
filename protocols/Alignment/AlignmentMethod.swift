/// How parties evaluate the function that their ids are matched by.
public enum AlignmentMethod: String, Hashable, Sendable, CaseIterable {
    /// Diffie-Hellman on Curve25519: two multiplications of a point an id, 74 bytes an id.
    case ecdh
    /// Silent vector oblivious linear evaluation and a key-value store: much faster, 20 bytes an id, a newer assumption.
    case vole

    /// With more ids than this at some party, ``vole`` is the default.
    public static let largestForECDH = 100_000

    /// The default for lists of which the longest has `count` ids.
    public static func automatic(largest count: Int) -> AlignmentMethod { count > largestForECDH ? .vole : .ecdh }

    /// The most ids of a bucket before padding: what is computed again after an interruption, and held in memory meanwhile.
    public var bucketSize: Int {
        switch self {
        case .ecdh: 1 << 18
        case .vole: 1 << 20
        }
    }
}

/// Who learns which ids all parties have.
public enum AlignmentAudience: Hashable, Sendable {
    /// Every party.
    case all
    /// The leader. Rows are named to the member among decoys: for each common id so many others, in thousandths, and in each bucket at
    /// least as many as make their number a multiple of `multiple`, so far as the member has ids.
    case leader(decoysPerThousand: Int, multiple: Int)
}
