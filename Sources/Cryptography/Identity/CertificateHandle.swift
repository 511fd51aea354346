internal import COpenSSL
import Glibc

/// Owner of one `X509`, and the place where its fields are read.
///
/// `@unchecked Sendable`: the `X509` is not changed once a `Certificate` has it, and libcrypto locks what it caches inside.
final class CertificateHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
    }

    /// Exactly one certificate: bytes after it are refused.
    convenience init(der: [UInt8]) throws(CryptographyError) {
        let (parsed, length) = der.withUnsafeBufferPointer { bytes in
            var end = bytes.baseAddress
            let parsed = d2i_X509(nil, &end, bytes.count)
            return (parsed, end.map { $0 - bytes.baseAddress! } ?? 0)  // An end implies a beginning.
        }
        guard let parsed else {
            ERR_clear_error()
            throw .malformedCertificate(problem: "not one DER certificate")
        }
        self.init(adopting: parsed)
        guard length == der.count else { throw .malformedCertificate(problem: "bytes after the certificate") }
    }

    /// Nil unless `pem` holds exactly one certificate.
    convenience init?(pem: SecretBytes) {
        let certificates = pem.withUnsafeBytes { bytes in
            withReader(of: bytes) { reader in
                (0..<2).compactMap { _ in
                    PEM_read_bio_X509(reader, nil, nil, nil).map(CertificateHandle.init(adopting:))
                }
            }
        }
        guard certificates.count == 1, X509_up_ref(certificates[0].pointer) == 1 else { return nil }
        self.init(adopting: certificates[0].pointer)
    }

    deinit { X509_free(pointer) }

    var pem: SecretBytes { writing { demand(PEM_write_bio_X509($0, pointer), "PEM_write_bio_X509") } }

    var der: [UInt8] { encoded { i2d_X509(pointer, &$0) } }

    /// The SubjectPublicKeyInfo in DER.
    var publicKeyInfo: [UInt8] { encoded { i2d_X509_PUBKEY(X509_get_X509_PUBKEY(pointer), &$0) } }

    var isSelfSigned: Bool { X509_self_signed(pointer, 1) == 1 }

    func verificationKey() throws(CryptographyError) -> VerificationKey {
        guard let key = X509_get0_pubkey(pointer), EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 else {
            throw .unsupportedKey
        }
        return VerificationKey(of: key)
    }

    func commonName() throws(CryptographyError) -> String? {
        let subject = X509_get_subject_name(pointer)
        let index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
        guard index >= 0 else { return nil }
        return try text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)), "common name")
    }

    func subjectNames() throws(CryptographyError) -> [String] {
        var critical: Int32 = 0
        guard let names = X509_get_ext_d2i(pointer, NID_subject_alt_name, &critical, nil) else {
            guard critical == -1 else { throw .malformedCertificate(problem: "unreadable or repeated subject names") }
            return []
        }
        let stack = OpaquePointer(names)
        defer { GENERAL_NAMES_free(stack) }
        var result: [String] = []
        for index in 0..<OPENSSL_sk_num(stack) {
            var kind: Int32 = 0
            let name = OPENSSL_sk_value(stack, index).assumingMemoryBound(to: GENERAL_NAME.self)
            let value = GENERAL_NAME_get0_value(name, &kind)?.assumingMemoryBound(to: ASN1_STRING.self)
            switch kind {
            case GEN_DNS: result.append(try text(value, "subject name"))
            case GEN_IPADD: result.append(try address(value))
            default: continue
            }
        }
        return result
    }

    func notBefore() throws(CryptographyError) -> Int { try seconds(X509_get0_notBefore(pointer)) }

    func notAfter() throws(CryptographyError) -> Int { try seconds(X509_get0_notAfter(pointer)) }

    private func seconds(_ time: UnsafePointer<ASN1_TIME>?) throws(CryptographyError) -> Int {
        let epoch = demand(ASN1_TIME_set(nil, 0), "ASN1_TIME_set")
        defer { ASN1_TIME_free(epoch) }
        var (days, seconds): (Int32, Int32) = (0, 0)
        guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else {
            throw .malformedCertificate(problem: "unreadable validity")
        }
        return Int(days) * 86_400 + Int(seconds)
    }

    /// Printable ASCII only: a name goes to terminals and logs, and one with a NUL has fooled comparisons before.
    private func text(_ string: UnsafePointer<ASN1_STRING>?, _ field: String) throws(CryptographyError) -> String {
        let bytes = content(string)
        guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .malformedCertificate(problem: "\(field) is not printable ASCII")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func address(_ string: UnsafePointer<ASN1_STRING>?) throws(CryptographyError) -> String {
        let bytes = content(string)
        guard bytes.count == 4 || bytes.count == 16 else {
            throw .malformedCertificate(problem: "an IP address of \(bytes.count) bytes")
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private func content(_ string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
        Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string))))
    }

    /// The DER that an `i2d` function writes to memory of its own making.
    private func encoded(_ encode: (inout UnsafeMutablePointer<UInt8>?) -> Int32) -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        let length = Int(encode(&bytes))
        precondition(length > 0, "libcrypto failed to encode a certificate.")
        defer { CRYPTO_free(bytes, nil, 0) }
        return Array(UnsafeBufferPointer(start: bytes, count: length))
    }
}
