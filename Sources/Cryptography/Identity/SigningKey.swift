internal import COpenSSL

/// An Ed25519 private key (RFC 8032), by libcrypto, which wipes it when the last reference goes.
///
/// A signature says nothing about what kind of statement it signs: every message starts with a purpose of its own, so that a
/// signature made for one cannot serve as another.
///
/// `@unchecked Sendable`: libcrypto's `EVP_PKEY` is immutable once made.
public final class SigningKey: @unchecked Sendable {
    /// The length of a signature in bytes.
    public static let signatureByteCount = 64

    /// The `EVP_PKEY`, lent: valid while this object is.
    package let pointer: OpaquePointer

    /// The public half.
    public let verificationKey: VerificationKey

    private init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
        verificationKey = VerificationKey(of: pointer)
    }

    deinit { EVP_PKEY_free(pointer) }

    /// A new key: 32 bytes of the operating system's generator.
    public static func generate() -> SigningKey { SigningKey(checkedSeed: SystemRandom.secret(32)) }

    /// The key of a 32-byte seed, RFC 8032 section 5.1.5.
    package convenience init(seed: SecretBytes) throws(CryptographyError) {
        guard seed.count == 32 else { throw .wrongLength(of: "Ed25519 seed", expected: 32, got: seed.count) }
        self.init(checkedSeed: seed)
    }

    private convenience init(checkedSeed seed: SecretBytes) {
        let pointer = seed.withUnsafeBytes {
            EVP_PKEY_new_raw_private_key(
                EVP_PKEY_ED25519, nil, $0.assumingMemoryBound(to: UInt8.self).baseAddress, $0.count)
        }
        self.init(adopting: demand(pointer, "EVP_PKEY_new_raw_private_key"))
    }

    /// Loads a PEM key; its file must be closed to group and others.
    ///
    /// - Parameter passphrase: Asked only where the key is under one.
    /// - Throws: ``CryptographyError/lockedKey(path:)`` where it is and there is no passphrase, or another one; what `passphrase` throws.
    public convenience init(
        path: String, passphrase: PassphraseSource = .none
    ) throws(CryptographyError) {
        let content = try KeyFile.read(path, isPrivate: true)
        let isLocked = Self.isLocked(content)
        let secret = isLocked ? try passphrase.passphrase(for: path) : nil
        if isLocked, secret == nil { throw .lockedKey(path: path) }
        let pointer = content.withUnsafeBytes { bytes in
            withReader(of: bytes) { reader in
                // Without a callback of ours libcrypto would ask for the passphrase on the terminal.
                PEM_read_bio_PrivateKey(
                    reader, nil, { buffer, size, _, secret in Passphrase.give(buffer, size, secret) },
                    secret.map { Unmanaged.passUnretained($0).toOpaque() })
            }
        }
        guard let pointer else {
            throw isLocked ? .lockedKey(path: path) : .unexpectedContent(path: path, expected: "one PEM private key")
        }
        guard EVP_PKEY_get_id(pointer) == EVP_PKEY_ED25519 else {
            EVP_PKEY_free(pointer)
            throw .unexpectedContent(path: path, expected: "an Ed25519 private key")
        }
        self.init(adopting: pointer)
    }

    /// Whether a key file is under a passphrase.
    public static func isLocked(path: String) throws(CryptographyError) -> Bool {
        isLocked(try KeyFile.read(path, isPrivate: true))
    }

    private static func isLocked(_ content: SecretBytes) -> Bool {
        content.withUnsafeBytes { bytes in
            bytes.split(separator: UInt8(ascii: "\n")).contains { line in
                line.starts(with: "-----BEGIN ENCRYPTED PRIVATE KEY-----".utf8) || line.starts(with: "Proc-Type:".utf8)
            }
        }
    }

    /// Writes the key as PEM (PKCS #8) to a new file that only its owner can open.
    ///
    /// Throws where the file exists: a key is never replaced silently.
    ///
    /// - Parameter passphrase: What the key is under then: AES-256-CBC by scrypt (RFC 7914), N = 2^14, r = 8, p = 8: 16 MiB and about
    ///   half a second for a guess. `nil`: it is not encrypted.
    public func save(to path: String, passphrase: SecretBytes? = nil) throws(CryptographyError) {
        let pem = writing { writer in
            guard let passphrase else {
                demand(PEM_write_bio_PKCS8PrivateKey(writer, pointer, nil, nil, 0, nil, nil), "PEM_write_bio")
                return
            }
            let plain = demand(EVP_PKEY2PKCS8(pointer), "EVP_PKEY2PKCS8")
            defer { PKCS8_PRIV_KEY_INFO_free(plain) }
            let scheme = demand(
                PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nil, 16, nil, 1 << 14, 8, 8), "PKCS5_pbe2_set_scrypt")
            let locked = passphrase.withUnsafeBytes { bytes in
                PKCS8_set0_pbe(
                    bytes.assumingMemoryBound(to: CChar.self).baseAddress, Int32(bytes.count), plain, scheme)
            }
            defer { X509_SIG_free(locked) }
            demand(PEM_write_bio_PKCS8(writer, demand(locked, "PKCS8_set0_pbe")), "PEM_write_bio_PKCS8")
        }
        try KeyFile.create(path, mode: 0o600, pem)
    }

    /// The 64-byte signature of `message`; the same one every time.
    public func sign(_ message: [UInt8]) -> [UInt8] {
        let context = demand(EVP_MD_CTX_new(), "EVP_MD_CTX_new")
        defer { EVP_MD_CTX_free(context) }
        demand(EVP_DigestSignInit(context, nil, nil, nil, pointer), "EVP_DigestSignInit")
        var signature = [UInt8](repeating: 0, count: SigningKey.signatureByteCount)
        var count = signature.count
        demand(EVP_DigestSign(context, &signature, &count, message, message.count), "EVP_DigestSign")
        return signature
    }

    /// A secret that only the owner of this key can derive: HKDF over its seed (RFC 5869), for a purpose of its own.
    ///
    /// It says nothing about the key, and another purpose or salt gives a secret that is independent of it.
    ///
    /// - Parameter salt: Not secret.
    public func secret(for purpose: String, salt: [UInt8], count: Int) -> SecretBytes {
        let seed = SecretBytes(count: 32) { buffer in
            var written = buffer.count
            let bytes = buffer.assumingMemoryBound(to: UInt8.self).baseAddress
            demand(EVP_PKEY_get_raw_private_key(pointer, bytes, &written), "EVP_PKEY_get_raw_private_key")
        }
        return HKDF.derive(from: seed, salt: salt, info: Array(purpose.utf8), count: count)
    }
}
