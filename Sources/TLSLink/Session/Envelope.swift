package import Link
internal import Specification

/// What goes over a TLS connection: a length (32 bits, big-endian), a type (8 bits), and so many bytes of body.
///
/// Every envelope has exactly one encoding, and nothing else is accepted.
package enum Envelope: Equatable, Sendable {
    /// The calling side's first: the version of this format and what the connection is for. The purpose of another version is unread.
    case open(version: UInt8, purpose: String)
    /// The called side's answer: from here on messages flow, both ways.
    case opened
    /// The called side's other answer.
    case refused(Refusal)
    /// A message of the job.
    case data([UInt8])
    /// A sign of life, and how much room (see ``MessageQueue/cost(of:)``) all messages took together that this side's job has received.
    case heartbeat(received: UInt64)
    /// This side gives up.
    case abort(AbortCause)
    /// This side is done.
    case close

    package enum Kind: UInt8, CaseIterable, Sendable {
        case open = 1
        case opened = 2
        case refused = 3
        case data = 4
        case heartbeat = 5
        case abort = 6
        case close = 7

        /// The longest body, in bytes.
        package var limit: Int {
            switch self {
            case .open: 3 + Purpose.limit
            case .opened, .close: 0
            case .refused: 2
            case .data: LinkLimits.message
            case .heartbeat: 8
            case .abort: 256
            }
        }
    }

    /// The version of this format.
    package static let version: UInt8 = 1
    /// Bytes before a body.
    package static let headerSize = 5

    package var kind: Kind {
        switch self {
        case .open: .open
        case .opened: .opened
        case .refused: .refused
        case .data: .data
        case .heartbeat: .heartbeat
        case .abort: .abort
        case .close: .close
        }
    }

    /// The header of an envelope whose body has `count` bytes.
    package static func header(_ kind: Kind, count: Int) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.integer(UInt32(count))
        writer.integer(kind.rawValue)
        return writer.bytes
    }

    /// Header and body.
    package var encoded: [UInt8] {
        let body = body
        return Self.header(kind, count: body.count) + body
    }

    private var body: [UInt8] {
        var writer = CanonicalWriter()
        switch self {
        case .open(let version, let purpose):
            writer.integer(version)
            writer.text(purpose)
        case .refused(let refusal): refusal.write(to: &writer)
        case .data(let message): return message
        case .heartbeat(let received): writer.integer(received)
        case .abort(let cause): cause.write(to: &writer)
        case .opened, .close: break
        }
        return writer.bytes
    }

    /// Reads a body.
    package init(_ kind: Kind, body: [UInt8]) throws(EnvelopeError) {
        do {
            if kind == .data {
                self = .data(body)
                return
            }
            var reader = CanonicalReader(body)
            switch kind {
            case .open:
                let version: UInt8 = try reader.integer()
                guard version == Self.version else {
                    self = .open(version: version, purpose: "")
                    return
                }
                self = .open(version: version, purpose: try reader.text())
            case .opened: self = .opened
            case .refused: self = .refused(try Refusal(from: &reader))
            case .data: self = .data(body)
            case .heartbeat: self = .heartbeat(received: try reader.integer())
            case .abort: self = .abort(try AbortCause(from: &reader))
            case .close: self = .close
            }
            try reader.end()
        } catch {
            throw .malformed(kind)
        }
    }
}

/// What is wrong with bytes that should be envelopes.
package enum EnvelopeError: Error, Equatable {
    case unknownKind(UInt8)
    case tooLong(Envelope.Kind, length: Int)
    case malformed(Envelope.Kind)
    /// Not allowed at this point, or more than the room that there was.
    case unexpected(Envelope.Kind)
}

/// Why the called side does not open a link.
public enum Refusal: Equatable, Sendable {
    /// Nobody there waits for this purpose, yet.
    case notReady
    /// Too many connections of this party wait there already.
    case busy
    /// The program there is stopping.
    case stopping
    /// It speaks another version of the link's format: this one.
    case otherVersion(UInt8)

    func write(to writer: inout CanonicalWriter) {
        switch self {
        case .notReady: writer.integer(UInt8(1))
        case .busy: writer.integer(UInt8(2))
        case .stopping: writer.integer(UInt8(3))
        case .otherVersion(let version):
            writer.integer(UInt8(4))
            writer.integer(version)
        }
    }

    init(from reader: inout CanonicalReader) throws(SpecificationError) {
        switch try reader.integer(UInt8.self) {
        case 1: self = .notReady
        case 2: self = .busy
        case 3: self = .stopping
        case 4: self = .otherVersion(try reader.integer())
        case let other: throw .malformed("refusal \(other)")
        }
    }
}

/// What a connection is for: the word by which the two sides find each other.
package enum Purpose {
    package static let limit = 128

    /// Whether it has 1 to ``limit`` characters, all visible ASCII.
    package static func isValid(_ purpose: String) -> Bool {
        (1...limit).contains(purpose.utf8.count) && purpose.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
