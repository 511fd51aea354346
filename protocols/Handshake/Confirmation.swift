internal import Cryptography
internal import Specification

/// One party as the other end of a link knows it: what a confirmation covers.
struct Introduction {
    let party: Party
    /// The key of the certificate that the link has proved.
    let certificateKey: VerificationKey
    /// The payload of its H1.
    let hello: [UInt8]
}

/// The payload of H2: a code over both introductions that only the two ends of one TLS connection can compute.
///
/// The exporter of TLS 1.3 covers the server's certificate but not the client's (RFC 8446 section 7.5), so both keys are
/// in the message. The sender's name keeps a code from being sent back to whom it came from.
enum Confirmation {
    static func code(
        _ introductions: [Introduction], from sender: Party, exportedKey: SecretBytes
    ) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.text("colonnade/handshake/v1")
        for side in introductions.sorted(by: { $0.party < $1.party }) {
            writer.party(side.party)
            writer.raw(side.certificateKey.bytes)
            writer.blob(side.hello)
        }
        writer.party(sender)
        return HMAC.code(of: writer.bytes, key: exportedKey)
    }
}
