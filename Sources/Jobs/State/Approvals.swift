internal import Cryptography
internal import FoundationEssentials

/// What a party was asked to run, what its people decided, and which attempts it made: kept in its state folder.
///
/// Jobs are named by their hashes in hex; a name that comes from outside is never a part of a path before it is known to be one.
public struct Approvals: Sendable {
    public enum Decision: String, Codable, Sendable { case approved, denied }

    /// Attempts are counted below this.
    static let attemptLimit = 1 << 31

    private let folder: String

    public init(state: String) throws(StateError) {
        folder = state + "/jobs"
        try StateFile.makeFolder(folder)
    }

    // MARK: - Jobs

    /// Remembers a job that was proposed, so that a person can look at it by its hash.
    /// - Returns: Its hash, in hex.
    @discardableResult
    public func remember(_ encoded: [UInt8]) throws(StateError) -> String {
        let hash = EffectiveJob.hash(of: encoded).hexadecimal
        let path = path(hash, "json")
        if try StateFile.read(path) == nil { try StateFile.write(encoded, to: path) }
        return hash
    }

    /// The canonical bytes of the remembered job with exactly this hash; `nil` where there is none.
    public func job(hash: String) throws(StateError) -> [UInt8]? {
        let isHash = hash.utf8.count == 2 * SHA256.byteCount && hash.utf8.allSatisfy(Self.hexadecimalDigits.contains)
        guard isHash, let encoded = try StateFile.read(path(hash, "json")) else { return nil }
        guard EffectiveJob.hash(of: encoded).hexadecimal == hash else { throw .damaged(path: path(hash, "json")) }
        return encoded
    }

    /// The same of the one job whose hash begins with `prefix`, at least 8 digits as a person types them; `nil` where none or several
    /// do.
    public func job(beginning prefix: String) throws(StateError) -> [UInt8]? {
        let names = try StateFile.names(in: folder).filter { $0.hasPrefix(prefix) && $0.hasSuffix(".json") }
        guard names.count == 1, prefix.utf8.count >= 8 else { return nil }
        return try job(hash: String(names[0].dropLast(".json".utf8.count)))
    }

    /// Hashes and names of the jobs that were proposed here and about which nobody has decided, the latest first.
    public func undecided() throws -> [(hash: String, name: String)] {
        let names = try StateFile.names(in: folder)
        let decided = Set(
            names.filter { $0.hasSuffix(".decision") || $0.hasSuffix(".attempt") }.map { $0.prefix { $0 != "." } })
        let open = names.filter { $0.hasSuffix(".json") && !decided.contains($0.prefix { $0 != "." }) }
        let dated = try open.map { name in (name, try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)"))
        }
        return try dated.sorted { left, right in
            (left.1[.modificationDate] as? Date ?? .distantPast) > (right.1[.modificationDate] as? Date ?? .distantPast)
        }.compactMap { name, _ in
            let hash = String(name.prefix { $0 != "." })
            return try job(hash: hash).map { (hash, try EffectiveJob(decoding: $0).job.name) }
        }
    }

    // MARK: - Decisions

    /// What a person decided; `nil` where nobody has.
    public func decision(_ hash: String) throws(StateError) -> Decision? {
        let path = path(hash, "decision")
        return try StateFile.read(path).map { (bytes) throws(StateError) in
            // Neither an approval nor a denial may get lost in silence.
            guard let decision = Decision(rawValue: String(decoding: bytes, as: UTF8.self)) else {
                throw .damaged(path: path)
            }
            return decision
        }
    }

    /// Records a decision; `nil` takes it back.
    public func decide(_ hash: String, _ decision: Decision?) throws(StateError) {
        let path = path(hash, "decision")
        if let decision {
            try StateFile.write(Array(decision.rawValue.utf8), to: path)
        } else {
            try StateFile.remove(path)
        }
    }

    // MARK: - Attempts

    /// The lowest attempt number that this party has not used for a job.
    public func nextAttempt(_ hash: String) throws(StateError) -> Int {
        let path = path(hash, "attempt")
        guard let bytes = try StateFile.read(path) else { return 0 }
        // Counting from 0 again would use numbers, and names of masks, a second time.
        guard let next = Int(String(decoding: bytes, as: UTF8.self)), (1...Self.attemptLimit).contains(next) else {
            throw .damaged(path: path)
        }
        return next
    }

    /// Takes an attempt number for good, and all below it, before anything is done under it.
    /// - Returns: Whether it was to be had: neither used before nor beyond the limit.
    public func use(attempt: Int, of hash: String) throws(StateError) -> Bool {
        guard try attempt >= nextAttempt(hash), attempt < Self.attemptLimit else { return false }
        try StateFile.write(Array(String(attempt + 1).utf8), to: path(hash, "attempt"))
        return true
    }

    private func path(_ hash: String, _ ending: String) -> String { "\(folder)/\(hash).\(ending)" }

    private static let hexadecimalDigits = Set("0123456789abcdef".utf8)
}
