/// The source of a party's own masks in a real job: keyed by the operating system's entropy and the links' exporters.
///
///     key = HKDF-Extract(32 bytes of getrandom(2), salt = SHA-256(binding))
///
/// and streams as in ``KeyedRandomSource``. The binding makes masks differ where a machine is restored from a snapshot and would
/// repeat its entropy: the new connections' exporters are new. Neither half is enough to predict a stream.
public final class SystemRandomSource: RandomSource {
    private let source: KeyedRandomSource

    /// A source for one attempt at a job.
    ///
    /// - Parameter binding: The exporters of the attempt's links, in a fixed order.
    public init(binding: [UInt8]) {
        let key = HKDF.extract(from: SystemRandom.secret(32), salt: SHA256.hash(binding))
        source = KeyedRandomSource(extracted: key)
    }

    /// As ``KeyedRandomSource/fingerprint``: a party that keeps it notices should it ever begin with the same source again.
    public var fingerprint: [UInt8] { source.fingerprint }

    public func stream(_ name: String) throws(RandomError) -> RandomStream { try source.stream(name) }
}
