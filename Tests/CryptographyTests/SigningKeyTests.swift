import Cryptography
import Testing

@Suite struct SigningKeyTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// RFC 8410, section 10.3.
    private let known = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
        -----END PRIVATE KEY-----

        """

    /// RFC 8032, section 7.1: tests 1, 2, 3 and SHA(abc).
    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
        (
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
        ),
    ])
    func signsAsTheStandardSays(seed: String, publicKey: String, message: String, signature: String) throws {
        let seed = try #require([UInt8](hexadecimal: seed))
        let message = try #require([UInt8](hexadecimal: message))
        let key = try SigningKey(seed: SecretBytes(copying: seed))
        #expect(key.verificationKey.bytes.hexadecimal == publicKey)
        #expect(key.sign(message).hexadecimal == signature)
        #expect(key.verificationKey.verify(key.sign(message), of: message))
    }

    @Test func refusesEveryChangeOfASignature() {
        let key = SigningKey.generate()
        let message: [UInt8] = Array("transcript head".utf8)
        let signature = key.sign(message)
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 0x10
            #expect(!key.verificationKey.verify(changed, of: message))
        }
        #expect(!key.verificationKey.verify(signature, of: message + [0]))
        #expect(!key.verificationKey.verify(signature + [0], of: message))
        #expect(!key.verificationKey.verify([], of: message))
        #expect(!SigningKey.generate().verificationKey.verify(signature, of: message))
    }

    @Test func readsAnotherMakersFile() throws {
        let key = try SigningKey(path: folder.file("key.pem", known))
        #expect(
            key.verificationKey.bytes.hexadecimal == "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1")
    }

    @Test func comesBackFromAFileOfItsOwnerAlone() throws {
        let key = SigningKey.generate()
        try key.save(to: folder.path("key.pem"))
        #expect(try folder.mode(of: "key.pem") == 0o600)
        #expect(try SigningKey(path: folder.path("key.pem")).verificationKey == key.verificationKey)
        #expect(throws: CryptographyError.file(path: folder.path("key.pem"), code: 17)) {
            try SigningKey.generate().save(to: folder.path("key.pem"))
        }
    }

    @Test(arguments: [0o640, 0o604, 0o620, 0o777])
    func refusesAFileThatOthersCanOpen(mode: Int) throws {
        let path = try folder.file("key.pem", known, mode: mode)
        #expect(throws: CryptographyError.exposedKeyFile(path: path, mode: UInt32(mode))) { try SigningKey(path: path) }
    }

    @Test func refusesOtherFilesAndSaysWhatItWanted() throws {
        let encrypted = """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhFsIL20sfQvAICCAAw
            DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJoa0phK7L0k707AZ4H8e0sEQCM6
            h/fQXhwe02CqVhZlXTQLKO8O7QUWpbcg2Qix5M384s2AyHPNFFouYRaJpqUBvszD
            +tc01swnFfKHucOOoV0=
            -----END ENCRYPTED PRIVATE KEY-----

            """
        // RFC 8410 again, with the object identifier of X25519: a key to agree with, not to sign with.
        let agreement = known.replacing("BQYDK2Vw", with: "BQYDK2Vu")
        let locked = try folder.file("encrypted", encrypted)
        #expect(throws: CryptographyError.lockedKey(path: locked)) { try SigningKey(path: locked) }
        for (name, content, expected) in [
            ("empty", "", "one PEM private key"), ("x25519", agreement, "an Ed25519 private key"),
        ] {
            let path = try folder.file(name, content)
            let error = #expect(throws: CryptographyError.self) { try SigningKey(path: path) }
            #expect(error?.description == "\(path): expected \(expected).")
        }
    }

    private func source(_ passphrase: String) -> PassphraseSource {
        PassphraseSource { _ throws(CryptographyError) in SecretBytes(copying: Array(passphrase.utf8)) }
    }

    @Test(arguments: ["hunter2", String(repeating: "longer than a block of any hash ", count: 30)])
    func underAPassphraseItComesBackWithThatOneAlone(passphrase: String) throws {
        let (key, path) = (SigningKey.generate(), folder.path("key.pem"))
        try key.save(to: path, passphrase: SecretBytes(copying: Array(passphrase.utf8)))
        #expect(try SigningKey.isLocked(path: path) && folder.mode(of: "key.pem") == 0o600)
        #expect(try SigningKey(path: path, passphrase: source(passphrase)).verificationKey == key.verificationKey)
        for other in [source("hunter3"), source(passphrase + " "), .none] {
            #expect(throws: CryptographyError.lockedKey(path: path)) { try SigningKey(path: path, passphrase: other) }
        }
        // Two files of one key and one passphrase have nothing in common but their form.
        try key.save(to: folder.path("again.pem"), passphrase: SecretBytes(copying: Array(passphrase.utf8)))
        let files = try [path, folder.path("again.pem")].map { try String(contentsOfFile: $0, encoding: .utf8) }
        #expect(files[0] != files[1])
    }

    /// `openssl pkcs8 -topk8 -scrypt`, passphrase "correct horse".
    @Test func readsAnotherMakersFileUnderAPassphrase() throws {
        let path = try folder.file(
            "key.pem",
            """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIGTME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAgkOuiSFbq3mwICQAAC
            AQgCAQEwHQYJYIZIAWUDBAEqBBCxH1W64mwMXvpjcciuixiBBECUHWDv+es7X5uC
            xL2ZT60R5Sxpf3HQ7uUSWPSCGCVGSQIBxP5WTR0H+/OUh+4nILPVi2URE5Z5jCBE
            Oj7ByRXo
            -----END ENCRYPTED PRIVATE KEY-----

            """)
        let key = try SigningKey(path: path, passphrase: source("correct horse"))
        #expect(
            key.verificationKey.bytes.hexadecimal == "d7888eb584862f12d054a5a1b7c920cefd4a61bd1f3a114abc677a540c132955")
    }

    @Test func aPassphraseIsTheFirstLineOfItsFile() throws {
        let bytes = { (path: String) in try Passphrase.read(path: path) == SecretBytes(copying: Array("pass word".utf8))
        }
        #expect(try bytes(folder.file("one", "pass word\nnext line\n")) && bytes(folder.file("two", "pass word")))
        for content in ["", "\n", String(repeating: "x", count: 1025)] {
            let path = try folder.file("bad", content)
            #expect(throws: CryptographyError.self) { try Passphrase.read(path: path) }
        }
        let open = try folder.file("open", "pass word", mode: 0o644)
        #expect(throws: CryptographyError.exposedKeyFile(path: open, mode: 0o644)) { try Passphrase.read(path: open) }
    }

    @Test func refusesKeysOfAnotherLength() {
        #expect(throws: CryptographyError.wrongLength(of: "Ed25519 seed", expected: 32, got: 31)) {
            try SigningKey(seed: SecretBytes(copying: [UInt8](repeating: 1, count: 31)))
        }
        #expect(throws: CryptographyError.wrongLength(of: "Ed25519 public key", expected: 32, got: 33)) {
            try VerificationKey(bytes: [UInt8](repeating: 1, count: 33))
        }
    }
}
