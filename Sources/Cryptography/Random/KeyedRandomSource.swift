/// The source that two ends of a link share: who derives the same key draws the same bytes, as zero-sum masks need.
///
///     stream = ChaCha20(HKDF-Expand(key, "colonnade/random/v1" || SHA-256(name)), nonce 0, counter from 0)
///
/// HKDF as in RFC 5869 with SHA-256, ChaCha20 as in RFC 8439.
public final class KeyedRandomSource: RandomSource {
    private let key: SecretBytes
    private let used = UsedNames()

    /// A source under 32 uniform bytes, for instance derived with ``HKDF`` from a link's exporter and the attempt's number.
    public init(key: SecretBytes) throws(CryptographyError) {
        guard key.count == 32 else { throw .wrongLength(of: "random source key", expected: 32, got: key.count) }
        self.key = key
    }

    /// Tells whether two sources are the same one, and nothing else: 32 bytes that may be stored.
    ///
    ///     fingerprint = HKDF-Expand(key, "colonnade/random-fingerprint/v1")
    public var fingerprint: [UInt8] {
        let secret = HKDF.expand(key, info: Array("colonnade/random-fingerprint/v1".utf8), count: 32)
        return secret.withUnsafeBytes { Array($0) }
    }

    /// The key that ``SystemRandomSource`` extracts has the right length.
    init(extracted key: SecretBytes) {
        self.key = key
    }

    public func stream(_ name: String) throws(RandomError) -> RandomStream {
        try used.use(name)
        let info = Array("colonnade/random/v1".utf8) + SHA256.hash(Array(name.utf8))
        return RandomStream(ChaCha20Generator(key: HKDF.expand(key, info: info, count: 32)))
    }
}
