public import Cryptography
internal import Glibc
public import Specification

/// Why a transcript could not be written or read. Holds paths and the system's words for its error, never contents.
public enum TranscriptError: Error, Equatable, CustomStringConvertible {
    /// The system's sentence in place of a number: the disk is full, the folder is not there.
    case unwritable(path: String, problem: String)
    case unreadable(path: String, problem: String)
    /// A transcript is never written over: the attempt has been made before.
    case alreadyExists(path: String)

    public var description: String {
        switch self {
        case .unwritable(let path, let problem): "transcript \(path) cannot be written: \(problem)"
        case .unreadable(let path, let problem): "transcript \(path) cannot be read: \(problem)"
        case .alreadyExists(let path): "transcript \(path) exists already; a transcript is never written over"
        }
    }
}

/// Appends records to a party's transcript of one job: hash-chained, signed every so often and at the end.
///
/// Every record is written at once, so that a process killed at any byte leaves a file whose valid prefix verifies.
/// Not for use from several threads at a time.
public final class TranscriptWriter {
    /// After so many frames the chain is signed anew, wherever sessions begin.
    public static let signatureInterval = 256

    /// The file that is written.
    public let path: String
    /// The chain after the records written so far.
    public private(set) var head = ChainHead()
    /// Frames recorded so far.
    public private(set) var frames = 0

    private let descriptor: Int32
    private let header: TranscriptHeader
    private let key: SigningKey
    private var isOpen = true

    /// Creates the file, readable by its owner only, and writes the header.
    /// - Throws: ``TranscriptError/alreadyExists(path:)``, ``TranscriptError/unwritable(path:problem:)``; the latter from every method.
    public init(path: String, header: TranscriptHeader, key: SigningKey) throws(TranscriptError) {
        self.path = path
        self.header = header
        self.key = key
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw errno == EEXIST
                ? .alreadyExists(path: path)
                : .unwritable(path: path, problem: String(cString: strerror(errno)))
        }
        try append(.header(header))
    }

    deinit { close(descriptor) }

    /// A protocol begins. Signed at once, so that a job that is killed soon after leaves more than an unsigned chain.
    public func record(_ plan: SessionPlan) throws(TranscriptError) {
        try append(.session(plan))
        try sign()
    }

    /// A frame was sent or taken.
    public func record(_ frame: Frame, isOutgoing: Bool, peer: Party) throws(TranscriptError) {
        let keeps = header.keepsPayload(of: frame.header.kind)
        try append(
            .frame(
                .init(
                    isOutgoing: isOutgoing, peer: peer, header: frame.header, length: frame.payload.count,
                    digest: SHA256.hash(frame.payload), payload: keeps ? frame.payload : nil)))
        frames += 1
        if frames % Self.signatureInterval == 0 { try sign() }
    }

    /// The job ended early: a record of the cause, a signature, no record after it. Does nothing where the transcript is finished.
    public func recordAbort(party: Party, step: String, reason: String) throws(TranscriptError) {
        guard isOpen else { return }
        try append(.abort(.init(party: party, step: step, reason: reason)))
        try sign()
        try finish()
    }

    /// The job ended as planned: a record of that, a signature, no record after it.
    public func recordEnd() throws(TranscriptError) {
        try append(.end)
        try sign()
        try finish()
    }

    /// This party's signature (64 bytes) over the head so far, for a partner to keep.
    public func signedHead() -> (head: ChainHead, signature: [UInt8]) {
        (head, key.sign(head.signedBytes(purpose: "head", party: header.party, jobHash: header.jobHash)))
    }

    /// This party's signature (64 bytes) under a partner's head: it has seen it, and will know another one.
    public func counterSign(_ head: ChainHead, of partner: Party) -> [UInt8] {
        key.sign(head.signedBytes(purpose: "counter-signature", party: partner, jobHash: header.jobHash))
    }

    private func sign() throws(TranscriptError) { try append(.signature(signedHead().signature)) }

    private func finish() throws(TranscriptError) {
        guard fsync(descriptor) == 0 else { throw failure() }
        isOpen = false
    }

    /// One record in the file: its length, the chain's head before it, its bytes.
    private func append(_ record: TranscriptRecord) throws(TranscriptError) {
        precondition(isOpen, "a finished transcript takes no more records")
        let body = record.encoded
        var writer = CanonicalWriter()
        writer.integer(UInt32(head.bytes.count + body.count))
        writer.raw(head.bytes)
        if body.count < ChainHead.longRecord {
            writer.raw(body)
            try write(writer.bytes)
        } else {
            try write(writer.bytes)
            try write(body)
        }
        head.append(body)
    }

    private func write(_ bytes: [UInt8]) throws(TranscriptError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            written += count
        }
    }

    private func failure() -> TranscriptError {
        .unwritable(path: path, problem: String(cString: strerror(errno)))
    }
}
