import Arithmetic
import AuditedFederation
import Auditing
import Cryptography
import Foundation
import Jobs
import Paillier
import PrivateView
import Specification
import Testing
import Transcript

/// A job that was recorded.
final class Recorded: Sendable {
    /// One epoch of a small network at two parties: what tests tamper with copies of.
    static let job = Result { try Recorded([], features: 1) }

    let parties: [Party]
    let files: [Party: PartyFile]
    let transcripts: [Party: String]
    /// Holds the folders.
    private let federation: MadeUpFederation

    /// - Parameter source: A party's randomness, where it is not its own.
    init(
        _ overrides: [String], features: Int, source: (@Sendable (Party) -> any RandomSource)? = nil
    ) throws {
        // Where a model embeds, these are; to others they are columns of zeros and ones either way.
        federation = try MadeUpFederation(features: features, categories: ["shop0", "shop1", "phone0", "phone1"])
        transcripts = try federation.runAudited(["train.epochs=1"] + overrides, insecurely: true, source: source)
        parties = federation.parties
        files = Dictionary(uniqueKeysWithValues: try federation.files.map { ($0.name, $0) })
    }

    func evidence(of party: Party) throws -> Evidence {
        try Evidence(of: try #require(files[party]), copying: try #require(transcripts[party]))
    }
}

/// A copy of what one party wrote, in a folder that goes with it, and ways to tamper with it.
final class Evidence {
    let party: Party
    let transcript: String
    let view: String
    private(set) var file: PartyFile
    private let folder: String

    init(of file: PartyFile, copying transcript: String) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)").path
        (self.file, party) = (file, file.name)
        (self.transcript, view) = (folder + "/copy.transcript", folder + "/copy.view")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: transcript, toPath: self.transcript)
        try FileManager.default.copyItem(atPath: transcript.replacing(".transcript", with: ".view"), toPath: view)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// What verification finds with the view, and not without.
    func revealed() throws -> [Finding] {
        let verification = Verification(
            of: [transcript], views: [view], against: Software.conventions, revealing: Software.viewConventions)
        return (verification.findings + verification.transcripts.flatMap(\.findings)).filter {
            $0.level == .privateView
        }
    }

    func replay() throws -> Replay { try Replay(transcript: transcript, view: view, party: file) }

    /// One finding at the right place.
    func expect(at frame: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let replay = try replay()
        #expect(replay.verdict == .rejected, sourceLocation: sourceLocation)
        #expect(replay.frames == frame, sourceLocation: sourceLocation)
        let finding = try #require(replay.findings.first, sourceLocation: sourceLocation)
        #expect(
            finding.check == .replay && finding.level == .replay && finding.party == party && finding.frame == frame,
            "\(replay.findings)", sourceLocation: sourceLocation)
    }

    // MARK: Reading

    func frames() throws -> [TranscriptRecord.FrameRecord] {
        let reader = try TranscriptReader(path: transcript)
        var frames: [TranscriptRecord.FrameRecord] = []
        while case .record(let record) = reader.next() { if case .frame(let frame) = record { frames.append(frame) } }
        return frames
    }

    private func records() throws -> [ViewRecord] {
        let reader = try ViewReader(path: view)
        var records: [ViewRecord] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    /// The party's key.
    func key() throws -> PrivateKey {
        let key = try #require(try records().lazy.compactMap { if case .key(let key) = $0 { key } else { nil } }.first)
        let primes = try key.primes.map { Integer(bigEndian: try #require([UInt8](hexadecimal: $0))) }
        return try #require(PrivateKey(primes: primes))
    }

    func rounds() throws -> [ViewRecord.Round] {
        try records().compactMap { if case .round(let round) = $0 { round } else { nil } }
    }

    func rows() throws -> [ViewRecord.Row] {
        try records().compactMap { if case .row(let row) = $0 { row } else { nil } }
    }

    // MARK: Tampering

    /// Writes the transcript anew, with other frames, or without some: chained and signed as if nothing had been done.
    func rewrite(_ change: (Int, TranscriptRecord.FrameRecord) throws -> [TranscriptRecord.FrameRecord]) throws {
        let reader = try TranscriptReader(path: transcript)
        guard case .record(.header(let header)) = reader.next() else { throw CocoaError(.fileReadCorruptFile) }
        let writer = try TranscriptWriter(
            path: transcript + ".new", header: header, key: try SigningKey(path: file.transcriptKey))
        var index = 0
        while case .record(let record) = reader.next() {
            switch record {
            case .session(let plan): try writer.record(plan)
            case .frame(let frame):
                for frame in try change(index, frame) {
                    try writer.record(
                        Frame(header: frame.header, payload: try #require(frame.payload)), isOutgoing: frame.isOutgoing,
                        peer: frame.peer)
                }
                index += 1
            case .end: try writer.recordEnd()
            case .header, .signature, .abort: break
            }
        }
        try FileManager.default.removeItem(atPath: transcript)
        try FileManager.default.moveItem(atPath: transcript + ".new", toPath: transcript)
    }

    /// Cuts the transcript behind its first frames.
    func cut(after frames: Int) throws {
        let reader = try TranscriptReader(path: transcript)
        var (count, length) = (0, 0)
        while count < frames, case .record(let record) = reader.next() {
            length += 36 + record.encoded.count
            if case .frame = record { count += 1 }
        }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: transcript))
        try bytes.prefix(length).write(to: URL(fileURLWithPath: transcript))
    }

    func lines() throws -> [String] {
        try String(contentsOfFile: view, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    func editView(_ change: (String) -> String) throws {
        let text = try String(contentsOfFile: view, encoding: .utf8)
        let changed = change(text)
        try #require(changed != text)
        try changed.write(toFile: view, atomically: false, encoding: .utf8)
    }

    /// Gives the party other data: the last cell of one row is another one.
    func editData(row id: String) throws {
        let lines = try String(contentsOfFile: #require(file.data.rows.file), encoding: .utf8).split(separator: "\n")
        let changed = lines.map { line in
            line.hasPrefix(id + ",") ? line.dropLast() + (line.hasSuffix("1") ? "0" : "1") : line
        }
        try #require(changed != lines)
        file.data.name = "data"
        let path = folder + "/data.csv"
        file.data.rows = .csv(file: path)
        try (changed.joined(separator: "\n") + "\n").write(
            toFile: path, atomically: false, encoding: .utf8)
    }
}
