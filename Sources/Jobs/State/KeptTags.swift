internal import Alignment
internal import Cryptography
internal import Glibc
internal import Specification

/// What an alignment leaves to those that follow: at the member the secret under which it made tags of its ids, at the leader these tags.
///
/// A folder for each partner and each way of naming rows: one key serves one partner, or two could link what they know. The member's is
/// good as long as its ids are the same and for so many days; whoever reads its folder and the leader's can try ids one by one.
struct KeptTags {
    private let folder: String
    /// 16 bytes: the session that made them.
    let name: [UInt8]
    let buckets: Int
    /// At the member, 32 bytes.
    let secret: SecretBytes
    /// Of the member's ids.
    private let inputHash: [UInt8]
    /// In seconds since 1970.
    private let made: Int

    private static let magic = Array("colonnade/kept-tags/v1".utf8)

    /// What the folder holds; `nil` if nothing that can be read.
    private init?(folder: String) throws(StateError) {
        guard let bytes = try StateFile.read(folder + "/kept") else { return nil }
        var reader = CanonicalReader(bytes)
        guard (try? reader.raw(Self.magic.count)) == Self.magic, let name = try? reader.raw(16),
            let buckets = try? reader.count(), let secret = try? reader.raw(32), let inputHash = try? reader.raw(32),
            let made = try? reader.count(), reader.remaining == 0
        else { return nil }
        (self.folder, self.name, self.buckets, self.inputHash, self.made) = (folder, name, buckets, inputHash, made)
        self.secret = SecretBytes(copying: secret)
    }

    /// What a member has kept of these very ids, not longer ago than so many days.
    static func member(folder: String, inputHash: [UInt8], days: Int) throws(StateError) -> KeptTags? {
        guard let kept = try KeptTags(folder: folder), kept.inputHash == inputHash,
            (0..<days * 86_400).contains(time(nil) - kept.made)
        else { return nil }
        return kept
    }

    /// What a leader has kept of a member's ids: whether these are still the same, the member knows.
    static func leader(folder: String) throws(StateError) -> KeptTags? {
        guard let kept = try KeptTags(folder: folder) else { return nil }
        for bucket in 0..<kept.buckets where access(kept.path(bucket), R_OK) != 0 { return nil }
        return kept
    }

    /// What an opening says of it.
    var offer: AlignmentOffer.Kept { .init(name: name, buckets: buckets) }

    /// The member's tags of a bucket, in their order.
    /// - Throws: `StateError.damaged` where they are not those that were kept.
    func tags(bucket: Int, count: Int) throws(StateError) -> [UInt8] {
        guard let bytes = try StateFile.read(path(bucket)), bytes.count == count + 32,
            SHA256.hash(Array(bytes.prefix(count))) == Array(bytes.suffix(32))
        else { throw .damaged(path: path(bucket)) }
        return Array(bytes.prefix(count))
    }

    private func path(_ bucket: Int) -> String { Self.path(folder, bucket) }

    /// Where a bucket's tags lie in a folder.
    static func path(_ folder: String, _ bucket: Int) -> String { "\(folder)/tags-\(bucket)" }

    /// The form in which a bucket's tags are written.
    static func encoded(_ tags: [UInt8]) -> [UInt8] { tags + SHA256.hash(tags) }

    /// Makes a session's folder, in which the leader's tags are, to one of kept tags.
    ///
    /// - Parameters:
    ///   - session: The session's folder, which goes.
    ///   - folder: What was kept there before goes, too.
    static func keep(
        _ session: String, to folder: String, name: [UInt8], buckets: Int, secret: SecretBytes, inputHash: [UInt8]
    ) throws(StateError) {
        try StateFile.removeFolder(folder)
        try StateFile.makeFolder(folder)
        for bucket in 0..<buckets where access(path(session, bucket), R_OK) == 0 {
            try StateFile.move(path(session, bucket), to: path(folder, bucket))
        }
        var writer = CanonicalWriter()
        writer.raw(magic)
        writer.raw(name)
        writer.count(buckets)
        writer.raw(secret.withUnsafeBytes { Array($0) })
        writer.raw(inputHash)
        writer.count(Int(time(nil)))
        // The last: without it, the folder is none.
        try StateFile.write(writer.bytes, to: folder + "/kept")
    }
}
