import Glibc

/// The operating system's random generator, getrandom(2) on Linux: the root of every secret here.
///
/// Asked directly rather than through a generator in the process, whose state a fork or a restored snapshot would repeat.
public enum SystemRandom {
    /// `count` random bytes.
    public static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        bytes.withUnsafeMutableBytes(fill)
        return bytes
    }

    /// `count` random bytes for a key.
    public static func secret(_ count: Int) -> SecretBytes { SecretBytes(count: count, fill: fill) }

    private static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        let limit = 256  // of one getentropy, which gives all it is asked for
        for start in stride(from: 0, to: buffer.count, by: limit) {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<min(start + limit, buffer.count)])
            // Without randomness nothing may go on.
            precondition(getentropy(part.baseAddress, part.count) == 0, "The operating system gives no random bytes.")
        }
    }
}
