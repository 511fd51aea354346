internal import COpenSSL
import Glibc

extension Identity {
    /// How long a certificate is valid unless said otherwise: 825 days, the longest that common clients accept.
    public static let defaultValidity = 825 * 86_400

    /// Makes a key and a certificate for it.
    ///
    /// The certificate is X.509 version 3 (RFC 5280): subject and DNS name are the party's name, with the host beside it if there is
    /// one; for both ends of TLS; a random 128-bit serial number; **not an authority**, so that pinning it never means to trust
    /// certificates that its owner makes for others.
    ///
    /// - Parameters:
    ///   - name: The party's name, `[a-z0-9-]{1,32}`.
    ///   - host: A DNS name or an IP address to name as well.
    ///   - validFrom: Seconds since 1970; nil for five minutes ago, since partners' clocks differ.
    ///   - validFor: Seconds.
    ///   - issuer: Who signs; nil for the new key itself, as parties do. Tests make strangers' certificates with it.
    public static func make(
        name: String, host: String? = nil, validFrom: Int? = nil, validFor: Int = defaultValidity,
        issuer: Identity? = nil
    ) throws(CryptographyError) -> Identity {
        let names = try subjectNames(name, host)
        let key = SigningKey.generate()
        let handle = CertificateHandle(adopting: demand(X509_new(), "X509_new"))
        demand(X509_set_version(handle.pointer, 2), "X509_set_version")  // Counted from 0: version 3.
        setSerialNumber(of: handle.pointer)
        try setValidity(of: handle.pointer, from: validFrom ?? time(nil) - 300, length: validFor)
        demand(X509_set_pubkey(handle.pointer, key.pointer), "X509_set_pubkey")
        setName(X509_get_subject_name(handle.pointer), to: name)
        let signer = issuer?.certificate.pointer ?? handle.pointer
        demand(X509_set_issuer_name(handle.pointer, X509_get_subject_name(signer)), "X509_set_issuer_name")
        for (kind, value) in extensions(names) {
            let part = demand(X509V3_EXT_conf_nid(nil, nil, kind, value), "X509V3_EXT_conf_nid")
            defer { X509_EXTENSION_free(part) }
            demand(X509_add_ext(handle.pointer, part, -1), "X509_add_ext")
        }
        // Ed25519 hashes by itself: no digest. The result is the signature's length.
        precondition(
            X509_sign(handle.pointer, (issuer?.signingKey ?? key).pointer, nil) > 0, "libcrypto failed: X509_sign")
        return try Identity(certificate: Certificate(handle), signingKey: key)
    }

    /// The subject's names in libcrypto's extension syntax.
    static func subjectNames(_ name: String, _ host: String?) throws(CryptographyError) -> String {
        guard isLabel(name, upTo: 32), name == name.lowercased() else { throw .invalidPartyName }
        return "DNS:\(name)" + (try host.map(subjectAlternative) ?? "")
    }

    /// The host in libcrypto's extension syntax. Its characters are checked first: a comma there would start another name.
    private static func subjectAlternative(for host: String) throws(CryptographyError) -> String {
        if let address = a2i_IPADDRESS(host) {
            ASN1_OCTET_STRING_free(address)
            return ",IP:\(host)"
        }
        ERR_clear_error()
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, labels.allSatisfy({ isLabel($0, upTo: 63) && $0.first != "-" && $0.last != "-" })
        else { throw .invalidHost }
        return ",DNS:\(host)"
    }

    /// Whether `text` is a run of ASCII letters, digits and hyphens.
    private static func isLabel(_ text: some StringProtocol, upTo limit: Int) -> Bool {
        (1...limit).contains(text.utf8.count)
            && text.unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "-"
            }
    }

    private static func setSerialNumber(of certificate: OpaquePointer) {
        let number = demand(BN_bin2bn(SystemRandom.bytes(16), 16, nil), "BN_bin2bn")
        defer { BN_free(number) }
        _ = demand(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)), "BN_to_ASN1_INTEGER")
    }

    private static func setValidity(
        of certificate: OpaquePointer, from: Int, length: Int
    ) throws(CryptographyError) {
        let endOf9999 = 253_402_300_799  // RFC 5280 writes years with four digits.
        let (end, overflow) = from.addingReportingOverflow(length)
        guard from >= 0, length > 0, !overflow, end <= endOf9999 else {
            throw .invalidValidity(from: from, length: length)
        }
        _ = demand(ASN1_TIME_set(X509_getm_notBefore(certificate), from), "ASN1_TIME_set")
        _ = demand(ASN1_TIME_set(X509_getm_notAfter(certificate), end), "ASN1_TIME_set")
    }

    /// Makes an `X509_NAME` one common name.
    static func setName(_ subject: OpaquePointer?, to name: String) {
        let text = Array(name.utf8)
        demand(
            X509_NAME_add_entry_by_NID(subject, NID_commonName, V_ASN1_UTF8STRING, text, Int32(text.count), -1, 0),
            "X509_NAME_add_entry_by_NID")
    }

    /// What a party's certificate says besides its name, by libcrypto's numbers.
    static func extensions(_ names: String) -> [(kind: Int32, value: String)] {
        [
            (NID_basic_constraints, "critical,CA:FALSE"),
            (NID_key_usage, "critical,digitalSignature"),
            (NID_ext_key_usage, "serverAuth,clientAuth"),
            (NID_subject_alt_name, names),
        ]
    }
}
