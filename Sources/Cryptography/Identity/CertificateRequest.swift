internal import COpenSSL

/// A request that an organisation's own authority answers with a certificate (PKCS #10, RFC 2986).
public enum CertificateRequest {
    /// Writes a request for a certificate of a key as PEM to a new file.
    ///
    /// It asks for what ``Identity/make(name:host:validFrom:validFor:issuer:)`` would say: subject and DNS name are the party's name, with the
    /// host beside it if there is one; for both ends of TLS; not an authority. An authority may say less or more; a partner pins what it said.
    ///
    /// - Parameters:
    ///   - name: The party's name, `[a-z0-9-]{1,32}`.
    ///   - host: A DNS name or an IP address to name as well.
    public static func make(
        name: String, host: String?, key: SigningKey, to path: String
    ) throws(CryptographyError) {
        let names = try Identity.subjectNames(name, host)
        let request = demand(X509_REQ_new(), "X509_REQ_new")
        defer { X509_REQ_free(request) }
        demand(X509_REQ_set_version(request, 0), "X509_REQ_set_version")  // Counted from 0: version 1, the only one.
        Identity.setName(X509_REQ_get_subject_name(request), to: name)
        demand(X509_REQ_set_pubkey(request, key.pointer), "X509_REQ_set_pubkey")
        let wishes = demand(OPENSSL_sk_new_null(), "OPENSSL_sk_new_null")
        defer { OPENSSL_sk_pop_free(wishes) { X509_EXTENSION_free(OpaquePointer($0)) } }
        for (kind, value) in Identity.extensions(names) {
            let part = demand(X509V3_EXT_conf_nid(nil, nil, kind, value), "X509V3_EXT_conf_nid")
            precondition(OPENSSL_sk_push(wishes, UnsafeRawPointer(part)) > 0, "libcrypto failed: OPENSSL_sk_push")
        }
        demand(X509_REQ_add_extensions(request, wishes), "X509_REQ_add_extensions")
        // Ed25519 hashes by itself: no digest. The result is the signature's length.
        precondition(X509_REQ_sign(request, key.pointer, nil) > 0, "libcrypto failed: X509_REQ_sign")
        try KeyFile.create(path, mode: 0o644, writing { demand(PEM_write_bio_X509_REQ($0, request), "PEM_write_bio") })
    }
}
