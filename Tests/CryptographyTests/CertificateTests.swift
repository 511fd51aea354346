import Cryptography
import Foundation
import Testing

/// A certificate made by the `openssl` program, and what that program says about it.
private let known = """
    -----BEGIN CERTIFICATE-----
    MIIBpTCCAVegAwIBAgIUUT2IRrUNJbtI7X+8hELLUbZ5vg0wBQYDK2VwMCMxEDAO
    BgNVBAMMB3dlYXRoZXIxDzANBgNVBAoMBk9mZmljZTAeFw0yNjExMjMyMzA5MzVa
    Fw0yNjEyMDMyMzA5MzVaMCMxEDAOBgNVBAMMB3dlYXRoZXIxDzANBgNVBAoMBk9m
    ZmljZTAqMAUGAytlcAMhAITB4omUnoUnV+qq5AWm6LM8i+wgS732d/W1Qt1Mnre4
    o4GcMIGZMB0GA1UdDgQWBBRUNLuh+00YGTa5g8u0BDJ4z89zWDAfBgNVHSMEGDAW
    gBRUNLuh+00YGTa5g8u0BDJ4z89zWDAPBgNVHRMBAf8EBTADAQH/MEYGA1UdEQQ/
    MD2CB3dlYXRoZXKCE3dlYXRoZXIuZXhhbXBsZS5vcmeHBMAAAgeHECABDbgAAAAA
    AAAAAAAAAAeBBWFAYi5jMAUGAytlcANBAKw2KbR4/zuKkPPe1jUVLddT8fgjE/cn
    RiQ/mKKhXqqKX/d83Tvffz/feUxc9ZF6gmipg7mMfEnE0N7pnxL3xgw=
    -----END CERTIFICATE-----

    """

private let curveP256 = """
    -----BEGIN CERTIFICATE-----
    MIIBezCCASGgAwIBAgIUQPLrefrZ0uLQ46eyuvxsybn9gDMwCgYIKoZIzj0EAwIw
    EjEQMA4GA1UEAwwHYWlybGluZTAgFw0yNjExMjMyMzA5MzVaGA8yMTI2MTAzMDIz
    MDkzNVowEjEQMA4GA1UEAwwHYWlybGluZTBZMBMGByqGSM49AgEGCCqGSM49AwEH
    A0IABJ3mF8UQlM+zepI0J7kXg5h+e7Rh+m0KctdSVo+w208tFMsCOqIydQJ5ReLk
    KtRKKOXq6hkpH2H7gtMDCrUrY7WjUzBRMB0GA1UdDgQWBBRlYlghYRXZJe8jgN1K
    1yxJJDS1GTAfBgNVHSMEGDAWgBRlYlghYRXZJe8jgN1K1yxJJDS1GTAPBgNVHRMB
    Af8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIH/m1ZpiQhpuH7/xtBg2ehGHulXV
    VlzVebAna/lyas3oAiEAq7VsIsy281cHW2XKFFJGqIuSasOk9DINIcmIyIT09Gg=
    -----END CERTIFICATE-----

    """

@Suite struct CertificateTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func readsEveryFieldOfAnotherMakersCertificate() throws {
        let certificate = try Certificate(path: folder.file("known.pem", known, mode: 0o644))
        #expect(certificate.commonName == "weather")
        #expect(certificate.subjectNames == ["weather", "weather.example.org", "192.0.2.7", "2001:db8::7"])
        #expect(certificate.notBefore == 1_795_475_375)
        #expect(certificate.notAfter == 1_796_339_375)
        #expect(
            certificate.fingerprint.hexadecimal == "cc0debdee44c17764e2f6587808ea49458ed556a227591f1a7812f2d8f3318d1")
        #expect(
            certificate.publicKeyHash.hexadecimal == "57aaebd1f4f63ac40680857d949fb699d42c0874569f99e4843d5be66ce78fab")
        #expect(certificate.isSelfSigned)
    }

    @Test func derAndPEMNameTheSameCertificate() throws {
        let fromPEM = try Certificate(path: folder.file("known.pem", known))
        let fromDER = try Certificate(der: fromPEM.der)
        #expect(fromPEM == fromDER)
        try fromDER.save(to: folder.path("again.pem"))
        #expect(try String(contentsOfFile: folder.path("again.pem"), encoding: .utf8) == known)
        #expect(try folder.mode(of: "again.pem") == 0o644)
    }

    @Test func isValidFromItsFirstSecondToItsLast() throws {
        let certificate = try Certificate(path: folder.file("known.pem", known))
        for (time, valid) in [
            (1_795_475_374, false), (1_795_475_375, true), (1_796_339_375, true), (1_796_339_376, false),
        ] {
            #expect(certificate.isValid(at: time) == valid)
        }
    }

    @Test func aChangedSignatureIsNoSelfSignature() throws {
        var der = try Certificate(path: folder.file("known.pem", known)).der
        der[der.count - 1] ^= 1
        #expect(try !Certificate(der: der).isSelfSigned)
    }

    @Test func refusesOtherKindsOfKey() throws {
        let path = try folder.file("p256.pem", curveP256)
        #expect(throws: CryptographyError.unsupportedKey) { try Certificate(path: path) }
    }

    @Test func refusesAnythingButOneCertificate() throws {
        let der = try Certificate(path: folder.file("known.pem", known)).der
        #expect(throws: CryptographyError.malformedCertificate(problem: "bytes after the certificate")) {
            try Certificate(der: der + [0])
        }
        for bytes in [[], [0x30], Array(der.dropLast()), [UInt8](repeating: 0xFF, count: 100)] {
            #expect(throws: CryptographyError.malformedCertificate(problem: "not one DER certificate")) {
                try Certificate(der: bytes)
            }
        }
        for (name, content) in [("empty", ""), ("text", "hello\n"), ("two", known + known)] {
            let path = try folder.file(name, content)
            #expect(throws: CryptographyError.unexpectedContent(path: path, expected: "exactly one PEM certificate")) {
                try Certificate(path: path)
            }
        }
    }

    @Test func everyCutAndEveryFlippedByteIsReadOrRefused() throws {
        let der = try Certificate(path: folder.file("known.pem", known)).der
        for index in der.indices {
            var changed = der
            changed[index] ^= 0x41
            // Either result is right; what must not happen is a crash, or a change that goes unnoticed.
            if let certificate = try? Certificate(der: changed) { #expect(certificate.der == changed) }
            #expect(throws: CryptographyError.self) { try Certificate(der: Array(der.prefix(index))) }
        }
    }

    @Test func namesTheFileThatIsMissingOrNotOne() throws {
        let missing = folder.path("missing.pem")
        let error = #expect(throws: CryptographyError.self) { try Certificate(path: missing) }
        #expect(error?.description == "\(missing): No such file or directory.")
        // A folder, a pipe and a long file: none of them a file to read whole.
        #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
        let long = try folder.file("long.pem", String(repeating: "x", count: 65_537))
        for path in [folder.path(""), folder.path("pipe"), long] {
            #expect(throws: CryptographyError.unexpectedContent(path: path, expected: "a file of at most 65536 bytes"))
            {
                try Certificate(path: path)
            }
        }
    }
}
