internal import Cryptography
internal import Link
internal import PrivateView
internal import Specification
internal import Transcript

/// What a party writes down for its own auditor, and what it says about that.
extension PartyRun {
    /// Begins the private view of this attempt, where the party file asks for one.
    /// - Returns: What takes down every frame from here on.
    func openView(_ transcript: TranscriptWriter) throws {
        guard file.privateView != .none else { return }
        view = try ViewRecorder(
            beside: transcript.path,
            .init(
                party: me, role: role.rawValue, job: assignment.hash.hexadecimal, attempt: assignment.attempt,
                seed: seed?.hexadecimal))
        if file.privateView == .insecureReplay { report.notes.append(PartyFile.ViewKeeping.insecureWarning) }
    }

    /// Bytes that the two ends of a link, and nobody else, can compute. Where randomness is recorded, so are they.
    func exported(by peer: Party, _ label: String, count: Int) throws -> [UInt8] {
        let bytes = try links[peer].exportKey(label: label, count: count)
        if file.privateView == .insecureReplay { try view?.exported(bytes, by: peer, label: label) }
        return bytes
    }
}
