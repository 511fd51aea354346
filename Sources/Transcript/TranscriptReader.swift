internal import Glibc
internal import Specification

/// Reads a transcript record by record, in memory proportional to one record, checking the chain as it goes.
///
/// Signatures, and what records mean together, are for whoever verifies a transcript (the Auditing library). Not for use from
/// several threads at a time.
public final class TranscriptReader {
    /// No record is longer, in bytes: a frame of the largest size that a link carries, and its description.
    public static let recordLimit = 80 << 20

    /// What comes next in a file.
    public enum Entry: Equatable, Sendable {
        case record(TranscriptRecord)
        /// The file ends after a whole record.
        case end
        /// The file ends within a record: a prefix of a longer transcript.
        case truncated
        /// The bytes are not what a transcript has here. Nothing after them can be trusted.
        case broken(String)
    }

    /// The file that is read.
    public let path: String
    /// The chain after the records read so far.
    public private(set) var head = ChainHead()
    /// The chain before the last record read: what a signature record signs.
    public private(set) var headBefore = ChainHead()

    private let file: UnsafeMutablePointer<FILE>

    /// Opens a file; nothing is read yet.
    /// - Throws: ``TranscriptError/unreadable(path:problem:)``.
    public init(path: String) throws(TranscriptError) {
        self.path = path
        guard let file = fopen(path, "rbe") else {
            throw .unreadable(path: path, problem: String(cString: strerror(errno)))
        }
        self.file = file
    }

    deinit { fclose(file) }

    /// The next entry. After anything but `.record`, the same again.
    public func next() -> Entry {
        if let stopped { return stopped }
        var entry = read()
        // A file that cannot be read on has not ended.
        if ferror(file) != 0 { entry = .broken("record \(head.records) cannot be read") }
        if case .record = entry {} else { stopped = entry }
        return entry
    }

    private var stopped: Entry?

    private func read() -> Entry {
        guard let prefix = take(4) else { return .truncated }
        if prefix.isEmpty { return .end }
        let length = prefix.reduce(0) { $0 << 8 | Int($1) }
        guard length > head.bytes.count, length <= Self.recordLimit else {
            return .broken("record \(head.records) claims \(length) bytes")
        }
        guard let previous = take(head.bytes.count), !previous.isEmpty,
            let body = take(length - head.bytes.count), !body.isEmpty
        else { return .truncated }
        guard previous == head.bytes else {
            return .broken(
                "record \(head.records) does not continue the chain: the record before it was changed, or it was")
        }
        do {
            let record = try TranscriptRecord(decoding: body)
            headBefore = head
            head.append(body)
            return .record(record)
        } catch {
            return .broken("record \(head.records): \(error)")
        }
    }

    /// Most that is read at once: a record takes no more memory than the file has bytes for it, whatever length it claims.
    private static let pieceLimit = 1 << 20

    /// `count` bytes; none at the end of the file; `nil` where it ends in between.
    private func take(_ count: Int) -> [UInt8]? {
        var bytes = piece(min(count, Self.pieceLimit))
        if bytes.isEmpty { return [] }
        while bytes.count < count {
            let more = piece(min(count - bytes.count, Self.pieceLimit))
            if more.isEmpty { break }
            bytes += more
        }
        return bytes.count == count ? bytes : nil
    }

    /// So many bytes, fewer where the file ends.
    private func piece(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, got in got = fread(buffer.baseAddress, 1, count, file) }
    }
}
