internal import Cryptography
internal import FoundationEssentials
internal import Glibc
internal import Models
internal import Resumption
internal import Specification

/// What one party needs to go on with a training where it was after some round: its part of it, of one moment with the others' parts.
///
/// Holds no key and no mask: whoever goes on makes new ones, and encrypts shares anew.
struct Checkpoint: Sendable {
    /// After which round of which attempt.
    var moment: Moment
    /// How this party's columns are prepared.
    var preparation: PartyPreparation
    /// What it holds of the source layer, as it moves; secret towards all other parties.
    var part: HeldPart
    /// What is above the source layer, as it moves; at the label party.
    var top: ModelParameters?
    /// How the training went; empty at a feature party.
    var course: TrainingCourse
    /// Where training may stop early, and an epoch is over.
    var best: BestEpoch<HeldPart>?
}

/// One party's checkpoints of one job: encrypted files in a folder of its own, the latest two.
///
/// A file is AES-256-GCM under a key that is derived for it alone from the party's transcript key and a random salt. Bound into it are
/// the party, the job, the moment and the rows: what is of other rows, or was moved here from elsewhere, is no checkpoint.
struct Checkpoints: Sendable {
    private let folder: String
    private let key: SigningKey
    private let party: Party
    private let job: [UInt8]
    /// SHA-256 over this party's rows in the common order.
    private let rows: [UInt8]

    /// What the files of each version of the format begin with.
    private static let kinds = (1...Checkpoint.version).map { Array("colonnade/checkpoint/v\($0)\0".utf8) }
    private static let saltBytes = 32
    private static let ending = ".checkpoint"

    /// - Parameters:
    ///   - key: The party's transcript key.
    ///   - job: The job's hash.
    ///   - rows: SHA-256 over the party's rows in the common order.
    init(state: String, key: SigningKey, party: Party, job: [UInt8], rows: [UInt8]) {
        folder = "\(state)/checkpoints/\(job.hexadecimal)"
        (self.key, self.party, self.job, self.rows) = (key, party, job, rows)
    }

    /// The moments of which there is a checkpoint that can be read, the latest first, and how many files are of no use: damaged, of
    /// other rows, or of another version of this program.
    func moments() throws(StateError) -> (readable: [Moment], useless: Int) {
        let files = try Self.moments(in: folder)
        var readable: [Moment] = []
        for moment in files where try read(moment) != nil { readable.append(moment) }
        return (readable.sorted(by: >), files.count - readable.count)
    }

    /// The checkpoint of a moment; `nil` where there is none that can be read.
    func read(_ moment: Moment) throws(StateError) -> Checkpoint? {
        guard let bytes = try StateFile.read(path(moment)),
            let index = Self.kinds.firstIndex(where: bytes.starts), case let kind = Self.kinds[index]
        else { return nil }
        let salt = Array(bytes.dropFirst(kind.count).prefix(Self.saltBytes))
        guard salt.count == Self.saltBytes,
            let body = AuthenticatedCipher.decrypt(
                Array(bytes.dropFirst(kind.count + Self.saltBytes)), key: fileKey(salt), context: context(moment, kind))
        else { return nil }
        return try? Checkpoint(decoding: body, of: moment, version: index + 1)
    }

    /// Writes a checkpoint, whole or not at all, and removes all but the latest two of the training that it belongs to.
    ///
    /// The one of round 0 begins a training: those of earlier ones go.
    func save(_ checkpoint: Checkpoint) throws {
        let (moment, salt, kind) = (
            checkpoint.moment, SystemRandom.bytes(Self.saltBytes), Self.kinds[Checkpoint.version - 1]
        )
        let body = AuthenticatedCipher.encrypt(
            try checkpoint.encoded, key: fileKey(salt), context: context(moment, kind))
        try StateFile.makeFolder(folder)
        try StateFile.write(kind + salt + body, to: path(moment))
        let others = try Self.moments(in: folder).filter { $0 != moment }.sorted(by: >)
        for other in moment.round == 0 ? others[...] : others.dropFirst([Moment].offered - 1) {
            // One that comes back after a loss of power does no harm.
            unlink(path(other))
        }
    }

    /// Goes on from a moment: what lies beyond it on a way that is not gone on with goes.
    func goOn(from moment: Moment) throws(StateError) {
        for other in try Self.moments(in: folder) where other != moment && other.round >= moment.round {
            try StateFile.remove(path(other))
        }
    }

    private func path(_ moment: Moment) -> String { "\(folder)/\(moment.attempt)-\(moment.round)\(Self.ending)" }

    private func fileKey(_ salt: [UInt8]) -> SecretBytes {
        key.secret(for: "colonnade/checkpoint/v1", salt: salt, count: AuthenticatedCipher.keyByteCount)
    }

    private func context(_ moment: Moment, _ kind: [UInt8]) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.raw(kind)
        writer.party(party)
        writer.raw(job)
        writer.count(moment.attempt)
        writer.count(moment.round)
        writer.raw(rows)
        return writer.bytes
    }

    private static func moments(in folder: String) throws(StateError) -> [Moment] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try StateFile.names(in: folder).compactMap { name in
            guard name.hasSuffix(ending) else { return nil }
            let numbers = name.dropLast(ending.count).split(separator: "-").map { Int($0) }
            guard numbers.count == 2, let attempt = numbers[0], let round = numbers[1] else { return nil }
            return Moment(attempt: attempt, round: round)
        }
    }
}
