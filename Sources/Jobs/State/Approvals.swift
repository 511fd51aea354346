internal import Cryptography
internal import FoundationEssentials

/// What a party was asked to run, what its people decided, and how often it ran: kept in its state folder.
public struct Approvals: Sendable {
    /// What a person decided about one job.
    public enum Decision: String, Codable, Sendable { case approved, denied }

    private let folder: String

    /// Opens the folder `jobs` in a state folder, and makes it where it is not there.
    /// - Throws: ``StateError``, as every method below.
    public init(state: String) throws(StateError) {
        folder = state + "/jobs"
        try StateFile.makeFolder(folder)
    }

    /// Remembers a job that was proposed, so that a person can look at it by its hash.
    public func remember(_ encoded: [UInt8]) throws(StateError) {
        let path = path(EffectiveJob.hash(of: encoded).hexadecimal, "json")
        if try StateFile.read(path) == nil { try StateFile.write(encoded, to: path) }
    }

    /// The canonical bytes of a remembered job whose hash begins with `prefix`; `nil` where none or several do.
    public func job(_ prefix: String) throws(StateError) -> [UInt8]? {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .filter { $0.hasPrefix(prefix) && $0.hasSuffix(".json") }
        return names.count == 1 && prefix.count >= 8 ? try StateFile.read(folder + "/" + names[0]) : nil
    }

    /// What a person decided about the job of this hash (hex); `nil` where nobody has.
    public func decision(_ hash: String) throws(StateError) -> Decision? {
        try StateFile.read(path(hash, "decision")).flatMap { Decision(rawValue: String(decoding: $0, as: UTF8.self)) }
    }

    /// Records a decision; `nil` takes it back.
    public func decide(_ hash: String, _ decision: Decision?) throws(StateError) {
        if let decision {
            try StateFile.write(Array(decision.rawValue.utf8), to: path(hash, "decision"))
        } else {
            try? FileManager.default.removeItem(atPath: path(hash, "decision"))
        }
    }

    /// The lowest attempt number that this party has not used for a job.
    public func nextAttempt(_ hash: String) throws(StateError) -> Int {
        try StateFile.read(path(hash, "attempt")).flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
    }

    /// Takes an attempt number for good, before anything is done under it.
    public func use(attempt: Int, of hash: String) throws(StateError) {
        try StateFile.write(Array(String(attempt + 1).utf8), to: path(hash, "attempt"))
    }

    private func path(_ hash: String, _ ending: String) -> String { "\(folder)/\(hash).\(ending)" }
}
