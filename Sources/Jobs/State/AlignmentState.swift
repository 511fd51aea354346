internal import Alignment
internal import Cryptography
internal import Specification

/// What a party has of an alignment that is under way: its session, and the result of every bucket that is done.
///
/// A folder for each job, readable by its owner only, bound to the party's ids: where these have changed, everything in it is worth
/// nothing and a new session begins. No secret that ids were blinded with is ever kept; what is kept decides in which order ids travel and
/// which rows are decoys, and goes with the folder when the job has ended well.
struct AlignmentState {
    private let folder: String
    /// Of the ids, however their rows are ordered.
    private let inputHash: [UInt8]
    /// `nil` before the first bucket.
    private var session: Session?

    /// An alignment as all parties of it name it.
    private struct Session {
        /// 16 bytes.
        var name: [UInt8]
        /// 32 bytes, this party's own.
        var secret: SecretBytes
    }

    private static let magic = Array("colonnade/alignment-session/v1".utf8)
    private static let bucketMagic = Array("colonnade/alignment-bucket/v1".utf8)

    /// What the folder holds, if it is of these ids.
    ///
    /// - Parameter inputHash: 32 bytes.
    init(folder: String, inputHash: [UInt8]) throws(StateError) {
        (self.folder, self.inputHash) = (folder, inputHash)
        guard let bytes = try StateFile.read(folder + "/session") else { return }
        var reader = CanonicalReader(bytes)
        // One that cannot be read, or is of other ids, is as good as none.
        guard (try? reader.raw(Self.magic.count)) == Self.magic, (try? reader.raw(32)) == inputHash,
            let name = try? reader.raw(16), let secret = try? reader.raw(32), reader.remaining == 0
        else { return }
        session = Session(name: name, secret: SecretBytes(copying: secret))
    }

    /// The session that was begun, for the opening.
    var name: [UInt8]? { session?.name }

    /// Begins a session, or goes on with the one that was begun.
    ///
    /// - Parameter secret: This party's own for a session that is new, 32 bytes.
    /// - Returns: This party's secret of the session.
    mutating func begin(_ name: [UInt8], secret: SecretBytes) throws(StateError) -> SecretBytes {
        if let session, session.name == name { return session.secret }
        try StateFile.removeFolder(folder)
        try StateFile.makeFolder(folder)
        var writer = CanonicalWriter()
        writer.raw(Self.magic)
        writer.raw(inputHash)
        writer.raw(name)
        writer.raw(secret.withUnsafeBytes { Array($0) })
        try StateFile.write(writer.bytes, to: folder + "/session")
        session = Session(name: name, secret: secret)
        return secret
    }

    /// Buckets of the session whose results are whole.
    func finished(limit: Int) throws(StateError) -> Set<Int> {
        guard session != nil else { return [] }
        var finished: Set<Int> = []
        for name in try StateFile.names(in: folder) {
            guard name.hasPrefix("bucket-"), let index = Int(name.dropFirst("bucket-".count)), (0..<limit) ~= index,
                try places(bucket: index) != nil
            else { continue }
            finished.insert(index)
        }
        return finished
    }

    /// Keeps a bucket's result: places in this party's ids of the bucket.
    func keep(_ places: AlignedPlaces, bucket: Int) throws(StateError) {
        guard let session else { preconditionFailure("a bucket belongs to a session") }
        var writer = CanonicalWriter()
        writer.raw(Self.bucketMagic)
        writer.raw(session.name)
        writer.count(bucket)
        writer.list(places.places) { $0.integer(UInt32(truncatingIfNeeded: $1 ?? -1)) }
        try StateFile.write(writer.bytes + SHA256.hash(writer.bytes), to: path(bucket))
    }

    /// Keeps a member's tags of a bucket for alignments to come.
    func keep(tags: [UInt8], bucket: Int) throws(StateError) {
        try StateFile.write(KeptTags.encoded(tags), to: KeptTags.path(folder, bucket))
    }

    /// A bucket's result; `nil` where it is not done, or its file is damaged and so to be done again.
    func places(bucket: Int) throws(StateError) -> [Int?]? {
        guard let session, let bytes = try StateFile.read(path(bucket)), bytes.count > 32 else { return nil }
        let content = Array(bytes.dropLast(32))
        guard SHA256.hash(content) == Array(bytes.suffix(32)) else { return nil }
        var reader = CanonicalReader(content)
        guard (try? reader.raw(Self.bucketMagic.count)) == Self.bucketMagic, (try? reader.raw(16)) == session.name,
            (try? reader.count()) == bucket,
            let places = try? reader.list({ (reader) throws(SpecificationError) in try reader.integer(UInt32.self) }),
            reader.remaining == 0
        else { return nil }
        return places.map { $0 == .max ? nil : Int($0) }
    }

    private func path(_ bucket: Int) -> String { "\(folder)/bucket-\(bucket)" }
}
