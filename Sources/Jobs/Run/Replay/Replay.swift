public import Auditing
public import Specification

/// A party's part in a job, computed once more from its data, its keys and the seed in its private view, and compared with its
/// transcript byte by byte, headers and order of frames too; then its view, record by record.
///
/// Takes as long as the party's own computing did. Reads the party's folder and writes into a temporary one, which is removed.
public struct Replay: Sendable, Encodable {
    /// The transcript.
    public let file: String
    public let party: Party
    /// Frames that were the same, from the first on.
    public let frames: Int
    public let findings: [Finding]
    public let verdict: Verdict

    /// - Parameters:
    ///   - transcript: Path of a full one.
    ///   - view: Path of the private view that was written with it, with a seed.
    ///   - party: Whose they are, with the data and the keys that it had.
    /// - Throws: ``ReplayError`` where there is nothing to be replayed.
    public init(transcript: String, view: String, party: PartyFile) throws(ReplayError) {
        let (findings, frames) = try ReplayStage(transcript: transcript, view: view, party: party).play()
        file = transcript
        self.party = party.name
        self.frames = frames
        self.findings = findings
        let severities = Set(findings.map(\.severity))
        verdict = severities.contains(.failure) ? .rejected : severities.contains(.incomplete) ? .incomplete : .accepted
    }
}

extension Replay {
    /// The page that `colonnade-audit replay` prints.
    public var text: String {
        let table = findings.isEmpty ? [] : Verification.table(of: findings) + [""]
        let common =
            findings.isEmpty ? "all \(frames) frames and the private view are" : "the first \(frames) frames are"
        return (table + ["\(verdict.capitals)  \(party)  \(file): \(common) as computed again, byte for byte"])
            .joined(separator: "\n")
    }
}

/// Why something cannot be replayed at all.
public struct ReplayError: Error, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// What is needed beside a transcript to repeat a run.
struct Repetition {
    /// Of all of the party's randomness.
    let seed: [UInt8]
    /// When the transcript was begun, in seconds since 1970.
    let started: Int64
}
