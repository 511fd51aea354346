internal import COpenSSL
import Synchronization

/// One sequence of random bytes, each handed out once; safe to draw from on several threads. Its key is wiped with it.
///
/// Threads that share a stream get different bytes but no fixed order: where a run must be reproducible, each has its own.
public final class RandomStream: Sendable {
    private let generator: Mutex<any ByteGenerator>

    /// A stream of what a generator gives.
    package init(_ generator: sending any ByteGenerator) {
        self.generator = Mutex(generator)
    }

    /// The next `count` bytes.
    public func bytes(_ count: Int) -> [UInt8] {
        generator.withLock { $0.next(count) }
    }

    /// The next `count` bytes, for a key. The plain array that they come in is wiped.
    public func secret(_ count: Int) -> SecretBytes {
        var bytes = bytes(count)
        defer { bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        return SecretBytes(copying: bytes)
    }
}

/// What a stream draws from.
package protocol ByteGenerator {
    /// The next `count` bytes, which no later call gives again.
    mutating func next(_ count: Int) -> [UInt8]
}

/// The names a source has handed out.
final class UsedNames: Sendable {
    private let names = Mutex<Set<String>>([])

    func use(_ name: String) throws(RandomError) {
        guard names.withLock({ $0.insert(name).inserted }) else { throw .nameUsedTwice(name) }
    }
}
