public import ArgumentParser
internal import Cryptography
internal import Foundation

// What both programs do with their own keys, under the same names.

/// `renew`: the next key and certificate, beside the present ones until all partners have pinned them.
public struct Renew: ParsableCommand {
    public static let configuration = CommandConfiguration(
        abstract: "Renew your certificate: make the next one, and later change to it.",
        discussion: """
            Without a flag it makes a new key and certificate beside the present ones. Give that certificate to everybody \
            who pinned yours; they 'trust' it, and take you by either. Then --switch makes it yours, from the next start of \
            your program on. Whoever has not pinned it by then turns you away.
            """)

    @Argument(help: "Your folder, with your keys.")
    var folder: String

    @Flag(name: .customLong("switch"), help: "Change to the certificate that was made, or certified, before.")
    var switches = false

    @Flag(name: .customLong("csr"), help: "Make a request to your own authority in place of a certificate.")
    var request = false

    @Option(help: "A host to name in the certificate; without it, the one in the present certificate.")
    var host: String?

    public init() {}

    public func run() throws {
        try exiting {
            let keys = try OwnKeys(folder: folder)
            guard !switches else {
                let kept = try keys.switchToNext()
                say(
                    """
                    \(keys.name) has its next key and certificate; the certificate from before is kept in \(kept), for transcripts \
                    that name it. Start your program again: until then it shows the one from before.
                    """)
                return
            }
            let path = try keys.prepareNext(host: host, request: request)
            if request {
                say("wrote \(path): have it signed, then certify \(folder) CERTIFICATE puts in the answer")
                return
            }
            let fingerprint = try Certificate(path: path).fingerprint.hexadecimal
            say(
                """
                made \(path); its fingerprint, to compare by telephone:
                  \(fingerprint)
                Give it to everybody who pinned your certificate. When all have trusted it: renew \(folder) --switch
                """)
        }
    }
}

/// `certify`: puts in a certificate that the organisation's own authority made.
public struct Certify: ParsableCommand {
    public static let configuration = CommandConfiguration(
        abstract: "Put in the certificate that your own authority made of your request.",
        discussion: "Your request is request.pem, as 'init --csr' or 'renew --csr' wrote it.")

    @Argument(help: "Your folder, with your keys.")
    var folder: String

    @Argument(help: "The certificate, as PEM; without those of the authority.")
    var certificate: String

    public init() {}

    public func run() throws {
        try exiting {
            let serves = try OwnKeys(folder: folder).install(certificate)
            let fingerprint = try Certificate(path: certificate).fingerprint.hexadecimal
            say(
                """
                took \(certificate), fingerprint \(fingerprint). Give it to everybody who \(serves ? "is to pin it" : "pinned your present one")\
                \(serves ? "." : "; when all have trusted it: renew \(folder) --switch")
                """)
        }
    }
}

/// `passphrase`: puts keys under one.
public struct PassphraseCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "passphrase", abstract: "Put your keys under a passphrase, or change or remove it.",
        discussion: """
            Your program then needs the passphrase at each start: in the file that COLONNADE_PASSPHRASE_FILE names, or \
            typed at its terminal. A passphrase that is lost cannot be had back. Copies of a key from before, as in backups, \
            are not changed.
            """)

    @Argument(help: "Your folder, with your keys.")
    var folder: String

    @Option(help: "Take the new one from the first line of this file; without it, it is asked for.")
    var file: String?

    @Flag(help: "Keep the keys under none.")
    var remove = false

    public init() {}

    public func run() throws {
        try exiting {
            let keys = try OwnKeys(folder: folder)
            var new: SecretBytes?
            if !remove {
                new = try file.map { try Passphrase.read(path: $0) } ?? Passphrase.ask("New passphrase: ", again: true)
                guard new != nil else {
                    throw ValidationError("no passphrase was given twice; where there is no terminal: --file")
                }
            }
            try keys.lock(under: new)
            say(
                remove
                    ? "the keys of \(keys.name) are under no passphrase"
                    : "the keys of \(keys.name) are under the passphrase")
        }
    }
}
