internal import Cryptography
internal import Specification
internal import Transcript

/// Follows the seal on one link: this party's head stated and counter-signed by the partner, the partner's stated and
/// counter-signed by this party.
struct SealVerifier {
    /// The head that the partner stated, if its signature verified.
    private(set) var claim: ChainHead?
    private var headStated = false
    private var headCounterSigned = false
    private var claimCounterSigned = false
    /// Something about this seal was reported: its absence need not be.
    private var isReported = false

    /// Who signs what on this link.
    struct Link {
        let me: Party
        let peer: Party
        let jobHash: [UInt8]
        let myKey: VerificationKey?
        /// `nil` where the handshake did not show it.
        let peersKey: VerificationKey?
        /// This party's head before the sealing session.
        let head: ChainHead
    }

    mutating func take(_ message: SealMessage, isOutgoing: Bool, on link: Link, _ findings: inout Findings) {
        switch (message, isOutgoing) {
        case (.head(let head, let signature), true):
            guard head == link.head else {
                return report("this transcript's own \(link.head.text)", head.text, link, &findings)
            }
            headStated = verify(signature, of: head, "head", by: link.me, about: link.me, link, &findings)
        case (.head(let head, let signature), false):
            if verify(signature, of: head, "head", by: link.peer, about: link.peer, link, &findings) { claim = head }
        case (.counterSignature(let signature), true):
            guard let claim else { return }
            claimCounterSigned = verify(
                signature, of: claim, "counter-signature", by: link.me, about: link.peer, link, &findings)
        case (.counterSignature(let signature), false):
            headCounterSigned = verify(
                signature, of: link.head, "counter-signature", by: link.peer, about: link.me, link, &findings)
        }
    }

    /// The job ended: the seal must be whole.
    func finish(with peer: Party, _ findings: inout Findings) {
        guard !isReported, !(headStated && headCounterSigned && claim != nil && claimCounterSigned) else { return }
        findings.add(
            .seal, peer: peer, expected: "heads signed and counter-signed with \(peer) after the last frame",
            found: "none")
    }

    private mutating func verify(
        _ signature: [UInt8], of head: ChainHead, _ purpose: String, by signer: Party, about owner: Party,
        _ link: Link, _ findings: inout Findings
    ) -> Bool {
        let signed = head.signedBytes(purpose: purpose, party: owner, jobHash: link.jobHash)
        guard let key = signer == link.me ? link.myKey : link.peersKey else {
            report("\(signer)'s transcript key from the handshake", "none", link, &findings)
            return false
        }
        guard key.verify(signature, of: signed) else {
            report(
                "\(signer)'s \(purpose) over \(owner == link.me ? "this transcript's" : "\(owner)'s") \(head.text)",
                "one that does not verify", link, &findings)
            return false
        }
        return true
    }

    private mutating func report(_ expected: String, _ found: String, _ link: Link, _ findings: inout Findings) {
        isReported = true
        findings.add(.seal, peer: link.peer, expected: expected, found: found)
    }
}

extension ChainHead {
    /// `head 0f3a... after 312 records`.
    var text: String { "head \(bytes.hexadecimal) after \(records) records" }
}
