import Cryptography
import Foundation
import Testing

@Suite struct IdentityTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func makesACertificateForItsPartyAndHost() throws {
        let before = Int(Date().timeIntervalSince1970)
        let identity = try Identity.make(name: "airline", host: "vfl.airline.example")
        let certificate = identity.certificate
        #expect(certificate.commonName == "airline")
        #expect(certificate.subjectNames == ["airline", "vfl.airline.example"])
        #expect(certificate.isSelfSigned)
        #expect(certificate.verificationKey == identity.signingKey.verificationKey)
        #expect(certificate.notAfter - certificate.notBefore == 825 * 86_400)
        #expect((-310 ... -290).contains(certificate.notBefore - before))
        #expect(certificate.verify(identity.sign([1, 2, 3]), of: [1, 2, 3]))
    }

    @Test(arguments: ["192.0.2.1", "2001:db8::1"])
    func namesAnAddressAsAnAddress(host: String) throws {
        #expect(try Identity.make(name: "airport", host: host).certificate.subjectNames == ["airport", host])
    }

    @Test func neverMakesTheSameSerialNumberOrKeyTwice() throws {
        let both = try (0..<2).map { _ in try Identity.make(name: "airline", validFrom: 0).certificate }
        #expect(both[0].publicKeyHash != both[1].publicKeyHash)
        #expect(serialNumber(both[0]) != serialNumber(both[1]))
    }

    /// The serial number as DER has it in a version 3 certificate, after two lengths and the version.
    private func serialNumber(_ certificate: Certificate) -> [UInt8] {
        let version: [UInt8] = [0xA0, 3, 2, 1, 2, 2]
        guard let start = certificate.der.firstRange(of: version)?.upperBound else { return [] }
        return Array(certificate.der[start...].prefix(1 + Int(certificate.der[start])))
    }

    @Test func usesAreBothEndsOfTLSAndNoAuthority() throws {
        let der = try Identity.make(name: "airline").certificate.der
        // Basic constraints: critical, empty (not an authority). Key usage: critical, digital signature.
        // Extended key usage: 1.3.6.1.5.5.7.3.1 (server), 1.3.6.1.5.5.7.3.2 (client).
        for bytes: [UInt8] in [
            [0x30, 12, 6, 3, 0x55, 0x1D, 0x13, 1, 1, 0xFF, 4, 2, 0x30, 0],
            [0x30, 14, 6, 3, 0x55, 0x1D, 0x0F, 1, 1, 0xFF, 4, 4, 3, 2, 7, 0x80],
            [6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 1, 6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 2],
        ] {
            #expect(der.firstRange(of: bytes) != nil)
        }
    }

    @Test func canBeExpiredOrOfAnotherIssuer() throws {
        let expired = try Identity.make(name: "airline", validFrom: 1_000_000, validFor: 60).certificate
        #expect(expired.notBefore == 1_000_000 && expired.notAfter == 1_000_060)
        let stranger = try Identity.make(name: "stranger")
        let issued = try Identity.make(name: "airline", issuer: stranger).certificate
        #expect(!issued.isSelfSigned)
        #expect(issued.commonName == "airline")
    }

    @Test func comesBackFromItsFiles() throws {
        let identity = try Identity.make(name: "airline")
        try identity.save(certificatePath: folder.path("airline.pem"), keyPath: folder.path("airline.key"))
        #expect(try folder.mode(of: "airline.key") == 0o600)
        let again = try Identity(certificatePath: folder.path("airline.pem"), keyPath: folder.path("airline.key"))
        #expect(again.certificate == identity.certificate)
        #expect(again.sign([7]) == identity.sign([7]))
    }

    @Test func refusesAnotherCertificatesKey() throws {
        let certificate = try Identity.make(name: "airline").certificate
        #expect(throws: CryptographyError.keyMismatch) {
            try Identity(certificate: certificate, signingKey: .generate())
        }
    }

    @Test(arguments: ["", "Airline", "air line", "airline,DNS:bank", "flügel", String(repeating: "a", count: 33)])
    func refusesNamesThatAreNone(name: String) {
        #expect(throws: CryptographyError.invalidPartyName) { try Identity.make(name: name) }
    }

    @Test(arguments: [
        "", "a,DNS:bank", "a..b", "-a", ".a", "*", "host:443", "a\u{0}b", String(repeating: "a", count: 64),
    ])
    func refusesHostsThatAreNone(host: String) {
        #expect(throws: CryptographyError.invalidHost) { try Identity.make(name: "airline", host: host) }
    }

    @Test(arguments: [(0, 0), (0, -1), (Int.max, 1), (253_402_300_800, 60)])
    func refusesTimesThatAreNone(from: Int, length: Int) {
        #expect(throws: CryptographyError.invalidValidity(from: from, length: length)) {
            try Identity.make(name: "airline", validFrom: from, validFor: length)
        }
    }
}
