/// What the payload of a frame is. A closed list: anything else does not cross a link.
public enum Kind: UInt8, CaseIterable, Sendable {
    /// Elements of an additively homomorphic cipher under the key owner's public key.
    case ciphertext = 1
    /// A share modulo 2^k, uniformly masked: nothing without the other shares.
    case maskedShare = 2
    case publicKey = 3
    /// Zero-knowledge proof about a public key.
    case proof = 4
    /// Points of an elliptic curve multiplied by a secret scalar.
    case blindedPoint = 5
    /// Hashes of doubly blinded points, cut to the length that the sets' sizes ask for.
    case tag = 6
    /// Public sizes.
    case shape = 7
    /// Versions, hashes, nonces: what a protocol needs to agree on; no data.
    case control = 8
    case signature = 9
    /// Unprotected numbers. Only in protocols that say `protection: none`.
    case plain = 10
    /// One bit for each entry of the receiver's own list: whether all parties have it.
    case membership = 11
    /// Numbers of rows of the sender's table or weights that a round computes with: among them all that its data touches.
    case rowList = 12
    /// Numbers over many rows at once, in the clear: what the specification says that the receiver learns.
    case statistic = 13

    /// Its name in `protocol.yaml` and in reports.
    public var name: String {
        switch self {
        case .ciphertext: "ciphertext"
        case .maskedShare: "masked-share"
        case .publicKey: "public-key"
        case .proof: "proof"
        case .blindedPoint: "blinded-point"
        case .tag: "tag"
        case .shape: "shape"
        case .control: "control"
        case .signature: "signature"
        case .plain: "plain"
        case .membership: "membership"
        case .rowList: "row-list"
        case .statistic: "statistic"
        }
    }

    /// The kind of this ``name``; `nil` for any other text.
    public init?(name: String) {
        guard let kind = Kind.allCases.first(where: { $0.name == name }) else { return nil }
        self = kind
    }
}

/// The public description of a frame: everything about it that a transcript shows. No field holds data.
public struct FrameHeader: Hashable, Sendable {
    /// Name of the protocol. Like phase and step, it is 1 to 64 printable ASCII characters wherever it was read from outside.
    public var protocolName: String
    /// Name of the phase.
    public var phase: String
    /// Counted within its phase, from 0.
    public var round: Int
    /// Which message of the protocol.
    public var step: String
    /// What the payload is.
    public var kind: Kind
    /// Whose key opens the payload; `nil` where it is not encrypted.
    public var keyOwner: Party?
    /// Whose tensor or list it is, where that is neither clear from sender nor from receiver.
    public var subject: Party?
    /// How many updates the weights have had that its numbers are of; `nil` where they are of no weights.
    public var weightVersion: Int?
    /// Shape of the logical tensor, before packing.
    public var shape: [Int]
    /// Fractional bits of its numbers; 0 where it has none.
    public var scale: Int
    /// Bits of one slot; 0 where values are not packed.
    public var slotBits: Int
    /// Slots of one ciphertext; 0 where values are not packed.
    public var slots: Int

    /// A header with its fields as they are: the guard, not this type, says which belong together.
    public init(
        protocolName: String, phase: String, round: Int, step: String, kind: Kind, keyOwner: Party? = nil,
        subject: Party? = nil, weightVersion: Int? = nil, shape: [Int], scale: Int = 0, slotBits: Int = 0,
        slots: Int = 0
    ) {
        self.protocolName = protocolName
        self.phase = phase
        self.round = round
        self.step = step
        self.kind = kind
        self.keyOwner = keyOwner
        self.subject = subject
        self.weightVersion = weightVersion
        self.shape = shape
        self.scale = scale
        self.slotBits = slotBits
        self.slots = slots
    }
}

/// One message of a protocol.
public struct Frame: Hashable, Sendable {
    /// What a transcript shows of it.
    public var header: FrameHeader
    /// What it carries, encoded as its protocol says. May be secret: it stands in no error and no log.
    public var payload: [UInt8]

    /// A message as it is.
    public init(header: FrameHeader, payload: [UInt8]) {
        self.header = header
        self.payload = payload
    }

    /// The canonical encoding: header, then payload.
    public var encoded: [UInt8] {
        var writer = CanonicalWriter()
        header.write(to: &writer)
        writer.blob(payload)
        return writer.bytes
    }

    /// Reads what ``encoded`` gives and refuses everything else.
    /// - Throws: ``SpecificationError/malformed(_:)``.
    public init(decoding bytes: [UInt8]) throws(SpecificationError) {
        var reader = CanonicalReader(bytes)
        header = try FrameHeader(from: &reader)
        payload = try reader.blob()
        try reader.end()
    }
}

extension FrameHeader {
    /// Added to the kind where the header ends with a weight version.
    private static let versioned: UInt8 = 0x80

    /// Its part of a frame's canonical encoding, and of a transcript's record.
    public func write(to writer: inout CanonicalWriter) {
        writer.text(protocolName)
        writer.text(phase)
        writer.count(round)
        writer.text(step)
        writer.integer(weightVersion == nil ? kind.rawValue : kind.rawValue | Self.versioned)
        writer.optional(keyOwner) { $0.party($1) }
        writer.optional(subject) { $0.party($1) }
        writer.list(shape) { $0.count($1) }
        writer.integer(UInt16(scale))
        writer.integer(UInt32(slotBits))
        writer.integer(UInt32(slots))
        if let weightVersion { writer.count(weightVersion) }
    }

    /// Reads what ``write(to:)`` wrote: known kinds, printable names, at most four dimensions.
    /// - Throws: ``SpecificationError``.
    public init(from reader: inout CanonicalReader) throws(SpecificationError) {
        protocolName = try reader.name()
        phase = try reader.name()
        round = try reader.count()
        step = try reader.name()
        let code: UInt8 = try reader.integer()
        guard let kind = Kind(rawValue: code & ~Self.versioned) else { throw .malformed("kind \(code)") }
        self.kind = kind
        keyOwner = try reader.optional { (reader) throws(SpecificationError) in try reader.party() }
        subject = try reader.optional { (reader) throws(SpecificationError) in try reader.party() }
        shape = try reader.list { (reader) throws(SpecificationError) in try reader.count() }
        guard shape.count <= 4 else { throw .malformed("\(shape.count) dimensions") }
        scale = Int(try reader.integer(UInt16.self))
        slotBits = Int(try reader.integer(UInt32.self))
        slots = Int(try reader.integer(UInt32.self))
        weightVersion = code & Self.versioned == 0 ? nil : try reader.count()
    }
}

extension CanonicalReader {
    /// A name as specifications have them: 1 to 64 characters of printable ASCII. It may end up in a log.
    fileprivate mutating func name() throws(SpecificationError) -> String {
        let name = try text()
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .malformed("a name of \(name.utf8.count) bytes")
        }
        return name
    }
}
