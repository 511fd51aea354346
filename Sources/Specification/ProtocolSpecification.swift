internal import Cryptography

/// What a protocol puts on the wire, message by message: the single source that running roles, the auditor and the
/// README's message table share. Read from a `protocol.yaml` by ``init(yaml:)``.
public struct ProtocolSpecification: Hashable, Sendable {
    /// Frames carry it: 1 to 64 printable ASCII characters, as phases and steps.
    public var name: String
    /// 1 to 65535. Whatever changes the ``hash`` needs a new one.
    public var version: Int
    /// One sentence.
    public var summary: String
    /// Paper and section.
    public var source: String
    /// Role names, and who takes them.
    public var roles: [String: String]
    /// Dimension names, and what they count.
    public var dimensions: [String: String]
    /// Dimensions computed from others, by name.
    public var derived: [String: Expression]
    /// Phases by name: each a list of flights, each a list of steps. Frames of one flight may cross on the wire; a flight
    /// begins when every frame of the one before was sent and received.
    public var phases: [String: [[String]]]
    /// The names of ``phases`` in the file's order: for people, no part of the meaning.
    public var phaseOrder: [String]
    /// Phases of which every round updates the weights, once.
    public var updates: Set<String>
    /// Messages by step.
    public var messages: [String: Message]
    /// What each role learns, in plain words.
    public var learns: [String: String]

    /// One kind of message.
    public struct Message: Hashable, Sendable {
        /// Its name, by which phases refer to it.
        public var step: String
        /// Who sends it.
        public var from: Sender
        /// Who takes it.
        public var to: Receiver
        /// What its payload is.
        public var kind: Kind
        /// Whose key: a role, `sender` or `receiver`; `nil` where nothing is encrypted.
        public var key: String?
        /// Whose tensor it is; `nil` where the step says so.
        public var subject: Subject?
        /// Of which weights its numbers are, so that its frames carry a version; `nil` where they are of none.
        public var weights: Weights?
        /// Shape of the logical tensor, before packing.
        public var shape: [Expression]
        /// Fractional bits of its numbers.
        public var scale: Int
        /// Bits of one slot; `nil` where values are not packed.
        public var slotBits: Expression?
        /// Slots of one ciphertext; `nil` where values are not packed.
        public var slots: Expression?
        /// Length of the payload.
        public var bytes: PayloadSize
        /// A dimension that this message's payload announces (64 bits, big-endian), scoped to its sender.
        public var defines: String?
        /// What it carries, in mathematical terms.
        public var carries: String
        /// What it may give away beyond its public fields.
        public var leaks: String
    }

    /// Who sends a message.
    public enum Sender: Hashable, Sendable {
        /// Every party of this role.
        case role(String)
        /// Every party.
        case each
    }

    /// Who takes a message.
    public enum Receiver: Hashable, Sendable {
        /// Every party of this role, but not the sender.
        case role(String)
        /// Every other party.
        case others
    }

    /// Whose tensor a message holds.
    public enum Subject: Hashable, Sendable { case sender, receiver }

    /// Weights as they are before or after their round's update.
    public enum Weights: String, CaseIterable, Sendable { case before, after }

    /// The dimension that says how many updates the weights have had before a session.
    public static let weightVersion = "weight-version"

    /// How long a payload is, in bytes.
    public enum PayloadSize: Hashable, Sendable {
        case exactly(Expression)
        case atMost(Expression)
    }
}

extension ProtocolSpecification {
    /// The canonical meaning: everything that decides what crosses a link; not summaries, comments or layout.
    public var canonicalMeaning: [UInt8] {
        var writer = CanonicalWriter()
        writer.text("colonnade/specification/v1")
        writer.text(name)
        writer.count(version)
        writer.list(roles.keys.sorted()) { $0.text($1) }
        writer.list(dimensions.keys.sorted()) { $0.text($1) }
        writer.list(derived.sorted { $0.key < $1.key }) {
            $0.text($1.key)
            $0.text($1.value.description)
        }
        writer.list(phases.sorted { $0.key < $1.key }) {
            $0.text($1.key)
            $0.list($1.value) { $0.list($1) { $0.text($1) } }
        }
        let messages = messages.values.sorted { $0.step < $1.step }
        writer.list(messages) { $1.write(to: &$0) }
        // Protocols without weights end here.
        let weights = messages.compactMap { message in message.weights.map { (message.step, $0) } }
        guard !updates.isEmpty || !weights.isEmpty else { return writer.bytes }
        writer.list(updates.sorted()) { $0.text($1) }
        writer.list(weights) {
            $0.text($1.0)
            $0.text($1.1.rawValue)
        }
        return writer.bytes
    }

    /// SHA-256 of the canonical meaning: what two parties compare.
    public var hash: [UInt8] { SHA256.hash(canonicalMeaning) }
}

extension ProtocolSpecification.Message {
    fileprivate func write(to writer: inout CanonicalWriter) {
        writer.text(step)
        writer.text(from.name)
        writer.text(to.name)
        writer.integer(kind.rawValue)
        writer.optional(key) { $0.text($1) }
        writer.optional(subject) { $0.text($1.name) }
        writer.list(shape) { $0.text($1.description) }
        writer.integer(UInt16(scale))
        writer.optional(slotBits) { $0.text($1.description) }
        writer.optional(slots) { $0.text($1.description) }
        writer.text(bytes.description)
        writer.optional(defines) { $0.text($1) }
    }
}

extension ProtocolSpecification.Sender {
    /// As `protocol.yaml` writes it.
    public var name: String {
        switch self {
        case .role(let role): role
        case .each: "each"
        }
    }
}

extension ProtocolSpecification.Receiver {
    /// As `protocol.yaml` writes it.
    public var name: String {
        switch self {
        case .role(let role): role
        case .others: "others"
        }
    }
}

extension ProtocolSpecification.Subject {
    /// As `protocol.yaml` writes it.
    public var name: String {
        switch self {
        case .sender: "sender"
        case .receiver: "receiver"
        }
    }
}

extension ProtocolSpecification.PayloadSize: CustomStringConvertible {
    /// As `protocol.yaml` writes it.
    public var description: String {
        switch self {
        case .exactly(let expression): expression.description
        case .atMost(let expression): "at most \(expression.description)"
        }
    }
}
