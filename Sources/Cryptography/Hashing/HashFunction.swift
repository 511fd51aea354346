internal import COpenSSL

/// SHA-256, FIPS 180-4, by libcrypto.
///
/// Incremental use: `update` as often as needed, then `digest()`, which leaves the state as it is, so a running hash can be read
/// at any point. A copy continues on its own.
public struct SHA256: Sendable {
    /// The length of a digest in bytes.
    public static let byteCount = 32
    private var state = HashState(.sha256)

    /// The state before the first byte.
    public init() {}

    /// The digest of `bytes`.
    public static func hash(_ bytes: [UInt8]) -> [UInt8] { HashAlgorithm.sha256.hash(bytes) }

    /// Appends `bytes` to the message.
    public mutating func update(_ bytes: [UInt8]) { HashState.update(&state, bytes) }

    /// The digest of the message so far: 32 bytes.
    public func digest() -> [UInt8] { state.digest() }
}

/// SHA-512, FIPS 180-4, by libcrypto. Used as ``SHA256`` is.
public struct SHA512: Sendable {
    /// The length of a digest in bytes.
    public static let byteCount = 64
    private var state = HashState(.sha512)

    /// The state before the first byte.
    public init() {}

    /// The digest of `bytes`.
    public static func hash(_ bytes: [UInt8]) -> [UInt8] { HashAlgorithm.sha512.hash(bytes) }

    /// Appends `bytes` to the message.
    public mutating func update(_ bytes: [UInt8]) { HashState.update(&state, bytes) }

    /// The digest of the message so far: 64 bytes.
    public func digest() -> [UInt8] { state.digest() }
}

/// One of libcrypto's digests, looked up once: looking it up at every use costs more than hashing a short message.
final class HashAlgorithm: @unchecked Sendable {  // libcrypto's EVP_MD is immutable and counts references atomically.
    static let sha256 = HashAlgorithm("SHA256", byteCount: SHA256.byteCount)
    static let sha512 = HashAlgorithm("SHA512", byteCount: SHA512.byteCount)

    let name: String
    let byteCount: Int
    let method: OpaquePointer

    private init(_ name: String, byteCount: Int) {
        guard let method = EVP_MD_fetch(nil, name, nil) else { preconditionFailure("libcrypto has no \(name).") }
        self.name = name
        self.byteCount = byteCount
        self.method = method
    }

    deinit { EVP_MD_free(method) }

    func hash(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: byteCount)
        demand(EVP_Digest(bytes, bytes.count, &digest, nil, method, nil), "EVP_Digest")
        return digest
    }
}

/// A hash under way. Its memory is wiped when it goes (EVP_MD_CTX_free does so), because messages may be secret.
final class HashState: @unchecked Sendable {  // Changed only through `update`, by the one value that refers to it.
    private let algorithm: HashAlgorithm
    private let context: OpaquePointer

    init(_ algorithm: HashAlgorithm) {
        self.algorithm = algorithm
        context = HashState.newContext()
        demand(EVP_DigestInit_ex2(context, algorithm.method, nil), "EVP_DigestInit_ex2")
    }

    private init(copying other: HashState) {
        algorithm = other.algorithm
        context = HashState.newContext()
        demand(EVP_MD_CTX_copy_ex(context, other.context), "EVP_MD_CTX_copy_ex")
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Appends `bytes` to `state`, which is copied first where another value shares it.
    static func update(_ state: inout HashState, _ bytes: [UInt8]) {
        if !isKnownUniquelyReferenced(&state) { state = HashState(copying: state) }
        demand(EVP_DigestUpdate(state.context, bytes, bytes.count), "EVP_DigestUpdate")
    }

    func digest() -> [UInt8] {
        let copy = HashState(copying: self)
        var digest = [UInt8](repeating: 0, count: algorithm.byteCount)
        demand(EVP_DigestFinal_ex(copy.context, &digest, nil), "EVP_DigestFinal_ex")
        return digest
    }

    private static func newContext() -> OpaquePointer {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("libcrypto is out of memory.") }
        return context
    }
}
