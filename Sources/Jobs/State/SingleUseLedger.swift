internal import Cryptography
internal import Specification

/// What served one attempt at a job and must serve no other: the sources of its masks, and its keys, by their fingerprints.
///
/// A party books them before it draws from a source, or encrypts under a key, for the first time. Where one was booked before, a
/// machine, a connection or an attempt has been brought back to where it was already, and masks would repeat.
public struct SingleUseLedger: Sendable {
    /// One run of a job.
    public struct Attempt: Hashable, Sendable, CustomStringConvertible {
        let jobHash: [UInt8]
        let number: Int

        public init(jobHash: [UInt8], number: Int) {
            self.jobHash = jobHash
            self.number = number
        }

        public var description: String { "attempt \(number) of job \(jobHash.hexadecimal.prefix(12))" }
    }

    /// Why something may not be used. Names and numbers, never keys.
    public enum Conflict: Error, Equatable {
        /// An attempt of this number has had one of these, whichever it was.
        case attemptBegan(Attempt, name: String)
        /// The very same was used before.
        case usedBefore(name: String, in: Attempt)
    }

    private struct Entry: Hashable {
        let attempt: Attempt
        let name: String
    }

    private static let kind = "colonnade/single-use-ledger/v1"

    private let path: String
    /// In the order of their use.
    private var entries: [(entry: Entry, fingerprint: [UInt8])] = []

    /// Opens a party's ledger; a file that is not there is an empty ledger, a damaged one is refused.
    /// - Throws: ``StateError/damaged(path:)``, ``StateError/unreadable(path:problem:)``.
    public init(path: String) throws(StateError) {
        self.path = path
        try read()
    }

    private mutating func read() throws(StateError) {
        entries = []
        guard let bytes = try StateFile.read(path) else { return }
        var reader = CanonicalReader(bytes)
        do {
            guard try reader.text() == Self.kind else { throw SpecificationError.malformed("kind") }
            entries = try reader.list { (reader) throws(SpecificationError) in
                let attempt = Attempt(jobHash: try reader.blob(), number: try reader.count())
                return (Entry(attempt: attempt, name: try reader.text()), try reader.blob())
            }
            try reader.end()
        } catch { throw .damaged(path: path) }
    }

    /// Books what an attempt is about to use; when this returns, it stands on disk. All of it is booked, or nothing. What other jobs have
    /// booked since the ledger was opened counts.
    ///
    /// - Parameter fingerprints: by names that say what they are of.
    /// - Throws: ``Conflict``; `StateError` where the file cannot be written.
    public mutating func use(_ fingerprints: [String: [UInt8]], in attempt: Attempt) throws {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try StateFile.alone(in: folder) {
            try read()
            try book(fingerprints, in: attempt)
        }
    }

    private mutating func book(_ fingerprints: [String: [UInt8]], in attempt: Attempt) throws {
        var after = entries
        for (name, fingerprint) in fingerprints.sorted(by: { $0.key < $1.key }) {
            let entry = Entry(attempt: attempt, name: name)
            if after.contains(where: { $0.entry == entry }) { throw Conflict.attemptBegan(attempt, name: name) }
            if let earlier = after.first(where: { $0.fingerprint == fingerprint }) {
                throw Conflict.usedBefore(name: name, in: earlier.entry.attempt)
            }
            after.append((entry, fingerprint))
        }
        var writer = CanonicalWriter()
        writer.text(Self.kind)
        writer.list(after) { writer, used in
            writer.blob(used.entry.attempt.jobHash)
            writer.count(used.entry.attempt.number)
            writer.text(used.entry.name)
            writer.blob(used.fingerprint)
        }
        try StateFile.write(writer.bytes, to: path)
        entries = after
    }
}

extension SingleUseLedger.Conflict: CustomStringConvertible {
    public var description: String {
        switch self {
        case .attemptBegan(let attempt, let name):
            "\(attempt) began here before, with a \(name) of its own: jobs/*.attempt in the state folder was deleted or restored. "
                + "Run the job again until it gets a number that was not used; nothing was sent under this one"
        case .usedBefore(let name, let attempt):
            "the \(name) of this attempt served \(attempt) already, so masks would repeat: this machine, or its partner's, was "
                + "restored from a snapshot or copied while it ran. Start the program anew on one machine alone, and run the job again"
        }
    }
}
