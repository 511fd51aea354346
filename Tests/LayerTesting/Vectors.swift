public import Arithmetic
public import Paillier
public import ProtocolTesting
public import Shares
public import Specification

/// One message of the executable specification's vectors, every large integer a decimal string.
public protocol VectorMessage {
    /// The step's name in `protocol.yaml`.
    var name: String { get }
    var sender: String { get }
    var receiver: String { get }
    var key_owner: String? { get }
    var shape: [Int] { get }
    var values: [String] { get }
    var slot_bits: Int? { get }
    var slots: Int? { get }
}

/// The vectors' party of this name.
public func party(_ name: String) throws -> Party { try Party(name.lowercased()) }

/// A matrix as vectors write it.
public func text(_ matrix: Matrix<some RingElement>) -> [[String]] {
    (0..<matrix.rows).map { matrix.row($0).map { "\($0)" } }
}

/// A matrix as vectors write it, read.
public func matrix<Element: FixedWidthInteger>(_ rows: [[String]]) throws -> Matrix<Element> {
    Matrix(
        rows: rows.count, columns: rows[0].count,
        elements: try rows.joined().map { text in
            guard let element = Element(text) else { throw NotANumber(text: text) }
            return element
        })
}

/// Vectors hold something else than an integer of the right size.
public struct NotANumber: Error {
    let text: String
}

/// Compares what crossed the links with what vectors say, message by message.
public struct MessageComparison {
    private var read: [Route: Int] = [:]
    /// The packed plaintexts of a frame, read with its owner's key, as decimals.
    private let plaintexts: (Frame, _ owner: Party) throws -> [String]
    /// Bytes of a share.
    private let shareBytes: Int

    /// - Parameters:
    ///   - keys: Of all parties.
    ///   - ring: Elements of messages that are not encrypted.
    public init<Key: AdditiveKey>(keys: [Party: Key], ring: any RingElement.Type) {
        shareBytes = ring.bitWidth / 8
        plaintexts = { frame, owner in
            guard let key = keys[owner] else { return ["no key of \(owner)"] }
            let count = frame.payload.count / key.cipher.ciphertextBytes
            return try key.decrypt(try key.cipher.decode(frame.payload, count: count)).map(\.decimal)
        }
    }

    /// Where the next frames of each link differ from these messages, which are compared link by link: steps of different parties
    /// may overlap. After the last message nothing more must have been sent.
    public mutating func differences(_ sent: [Route: [Frame]], from messages: [some VectorMessage]) throws -> [String] {
        var differences: [String] = []
        for message in messages {
            let route = Route(sender: try party(message.sender), receiver: try party(message.receiver))
            let index = read[route, default: 0]
            read[route] = index + 1
            guard let frames = sent[route], index < frames.count else {
                differences.append("\(message.name) from \(message.sender) to \(message.receiver) was not sent")
                continue
            }
            let header = frames[index].header
            func compare<Value: Equatable>(_ what: String, _ found: Value, _ expected: Value) {
                if found != expected { differences.append("\(message.name): \(what) \(found), not \(expected)") }
            }
            compare("step", header.step, message.name)
            compare("shape", header.shape, message.shape)
            compare("key owner", header.keyOwner, try message.key_owner.map(party))
            compare("slot bits", header.slotBits, message.slot_bits ?? 0)
            compare("slots", header.slots, message.slots ?? 0)
            compare("values", try values(in: frames[index]), message.values)
        }
        for (route, frames) in sent where read[route] != frames.count {
            differences.append("\(frames.count) frames from \(route.sender) to \(route.receiver)")
        }
        return differences
    }

    private func values(in frame: Frame) throws -> [String] {
        if let owner = frame.header.keyOwner { return try plaintexts(frame, owner) }
        var reader = CanonicalReader(frame.payload)
        return try (0..<frame.payload.count / shareBytes).map { _ in
            shareBytes == 8
                ? "\(try reader.signed())" : "\(Int128(bitPattern: try reader.integer(UInt128.self)))"
        }
    }
}
