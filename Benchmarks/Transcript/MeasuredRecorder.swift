import Cryptography
import Foundation
import Runtime
import Specification
import Transcript

/// What a transcript cost in some rounds.
struct Recording: Codable {
    /// The processor's, in user and system time, of the thread that records.
    var seconds = 0.0
    var frames = 0
    /// By which the file grew.
    var fileBytes = 0
    /// Of all frames, sent and taken.
    var crossedBytes = 0
}

/// A party's transcript in a temporary folder, which takes the time of every record.
final class MeasuredRecorder: FrameRecorder {
    private let writer: TranscriptWriter
    private let folder: URL
    private var sum = Recording()
    /// Before the lap under way: of the file, and of all frames.
    private var (fileBytes, crossedBytes) = (0, 0)

    /// - Parameter keepsPayloads: `full`, or else `headers`.
    init(_ seat: Seat, keepsPayloads: Bool) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        let key = SigningKey.generate()
        // What a job puts into its header stands there once, whatever the rounds: here it is empty.
        let header = TranscriptHeader(
            software: "colonnade-bench", party: try seat.party, started: 0,
            jobHash: [UInt8](repeating: 0, count: SHA256.byteCount), job: "", attempt: 0,
            transcriptKey: key.verificationKey.bytes, endorsement: [], certificates: [:], specifications: [],
            statements: [:], keepsPayloads: keepsPayloads)
        writer = try TranscriptWriter(path: folder.appending(path: "transcript").path, header: header, key: key)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func record(_ plan: SessionPlan) throws { try writer.record(plan) }

    func record(_ frame: Frame, isOutgoing: Bool, peer: Party) throws {
        let start = Stopwatch.threadSeconds
        try writer.record(frame, isOutgoing: isOutgoing, peer: peer)
        sum.seconds += Stopwatch.threadSeconds - start
        sum.frames += 1
    }

    /// What was recorded since the last call.
    ///
    /// - Parameter crossed: Bytes of all frames so far.
    func lap(crossed: Int) throws -> Recording {
        let attributes = try FileManager.default.attributesOfItem(atPath: writer.path)
        let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
        defer { (sum, fileBytes, crossedBytes) = (Recording(), size, crossed) }
        (sum.fileBytes, sum.crossedBytes) = (size - fileBytes, crossed - crossedBytes)
        return sum
    }
}
