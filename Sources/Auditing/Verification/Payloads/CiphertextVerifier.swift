internal import Paillier
internal import Transcript

/// Checks that ciphertexts are such as encryption under the owner's key could give: `1 < c < n^2`,
/// `gcd(c, n) = 1`, `c mod n` neither 1 nor n - 1.
enum CiphertextVerifier {
    /// - Returns: the part of each ciphertext that is its randomness's alone, c mod n; `nil` where one is none, which is reported.
    static func randomness(
        in payload: [UInt8], of frame: TranscriptRecord.FrameRecord, under key: CiphertextReader,
        _ findings: inout Findings
    ) -> [UInt8]? {
        let size = key.ciphertextBytes
        guard payload.count.isMultiple(of: size) else {
            findings.add(
                .ciphertext, peer: frame.peer, expected: "whole ciphertexts of \(size) bytes",
                found: "\(payload.count) bytes in \(frame.place)")
            return nil
        }
        do {
            return try key.randomnessParts(of: key.decode(payload, count: payload.count / size))
        } catch {
            findings.add(
                .ciphertext, peer: frame.peer,
                expected: "ciphertexts c with 1 < c < n^2, gcd(c, n) = 1 and c mod n neither 1 nor n - 1",
                found: "\(error), in \(frame.place)")
            return nil
        }
    }
}
