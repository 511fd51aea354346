/// The source of tests and replays: everything follows from a recorded seed, so it hides nothing from who knows the seed.
///
/// Bit for bit the `Stream` of the source layers' executable specification:
///
///     block(i) = SHA-256(seed || u32be(length of name) || name in UTF-8 || u64be(i)), i = 0, 1, ...
///
/// A value of n bits takes the next ceil(n / 8) bytes of the blocks in a row, little-endian, and keeps its low n bits. That is the
/// caller's part; this gives the bytes.
public final class RecordedRandomSource: RandomSource {
    private let seed: [UInt8]
    private let used = UsedNames()

    /// A source for `seed`, of any length.
    public init(seed: [UInt8]) {
        self.seed = seed
    }

    public func stream(_ name: String) throws(RandomError) -> RandomStream {
        try used.use(name)
        var prefix = SHA256()
        prefix.update(seed)
        prefix.update(bigEndian(UInt32(name.utf8.count)))
        prefix.update(Array(name.utf8))
        return RandomStream(HashGenerator(prefix: prefix))
    }
}

/// SHA-256 of a prefix and a counter, one block after the other.
private struct HashGenerator: ByteGenerator {
    let prefix: SHA256
    var counter: UInt64 = 0
    var rest: ArraySlice<UInt8> = []

    init(prefix: SHA256) {
        self.prefix = prefix
    }

    mutating func next(_ count: Int) -> [UInt8] {
        while rest.count < count {
            var block = prefix
            block.update(bigEndian(counter))
            rest += block.digest()
            counter += 1
        }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}

private func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
}
