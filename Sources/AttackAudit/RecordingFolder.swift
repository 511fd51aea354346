internal import Cryptography
internal import Foundation
internal import Transcript

/// Transcripts with private views beside them, as parties leave them in their state folders.
public enum RecordingFolder {
    /// Those of the job that began last, of all below a folder; each party's once, by name.
    /// - Throws: ``AttackError/nothingFound(folder:)``.
    public static func recordings(below folder: String) throws(AttackError) -> [Recording] {
        var found: [(recording: Recording, header: TranscriptHeader)] = []
        for name in FileManager.default.enumerator(atPath: folder)?.compactMap({ $0 as? String }).sorted() ?? [] {
            guard name.hasSuffix(ending) else { continue }
            let transcript = folder + (folder.hasSuffix("/") ? "" : "/") + name
            let view = transcript.dropLast(ending.count) + ".view"
            guard FileManager.default.fileExists(atPath: String(view)),
                let reader = try? TranscriptReader(path: transcript),
                case .record(.header(let header)) = reader.next()
            else { continue }
            found.append((Recording(transcript: transcript, view: String(view)), header))
        }
        guard let last = found.max(by: { $0.header.started < $1.header.started })?.header else {
            throw .nothingFound(folder: folder)
        }
        let ofJob = found.filter { $0.header.jobHash == last.jobHash && $0.header.attempt == last.attempt }
        return ofJob.sorted { $0.header.party.name < $1.header.party.name }.map(\.recording)
    }

    private static let ending = ".transcript"
}
