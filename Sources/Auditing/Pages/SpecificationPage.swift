internal import Cryptography
public import Specification

/// A specification as `colonnade-audit spec` shows it: everything that decides what crosses a link, and what it means.
public struct SpecificationPage: Sendable, Encodable {
    public var name: String
    public var version: Int
    /// SHA-256 of the canonical meaning, in hex.
    public var hash: String
    public var summary: String
    public var source: String
    public var roles: [String: String]
    public var learns: [String: String]
    public var dimensions: [String: String]
    public var derived: [String: String]
    /// In the specification's order.
    public var phases: [Phase]
    /// Phases of which every round updates the weights, in the specification's order.
    public var updates: [String]
    /// By phase, in their order there.
    public var messages: [Message]

    public struct Phase: Sendable, Encodable {
        public var name: String
        /// Flights of steps.
        public var flights: [[String]]
    }

    /// One kind of message.
    public struct Message: Sendable, Encodable {
        public var step: String
        public var from: String
        public var to: String
        public var kind: String
        public var key: String?
        public var subject: String?
        public var weights: String?
        public var shape: String
        public var scale: Int
        public var slotBits: String?
        public var slots: String?
        public var bytes: String
        public var defines: String?
        public var carries: String
        public var leaks: String
        /// The length is an expression of public sizes; elsewhere only a limit is known beforehand, and it may depend on data.
        public var hasFixedLength: Bool

        init(_ message: ProtocolSpecification.Message) {
            step = message.step
            from = message.from.name
            to = message.to.name
            kind = message.kind.name
            key = message.key
            subject = message.subject?.name
            weights = message.weights?.rawValue
            shape = message.shape.map(\.description).joined(separator: " x ")
            scale = message.scale
            slotBits = message.slotBits?.description
            slots = message.slots?.description
            bytes = message.bytes.description
            hasFixedLength = if case .exactly = message.bytes { true } else { false }
            defines = message.defines
            carries = message.carries
            leaks = message.leaks
        }
    }

    public init(_ specification: ProtocolSpecification) {
        name = specification.name
        version = specification.version
        hash = specification.hash.hexadecimal
        summary = specification.summary
        source = specification.source
        roles = specification.roles
        learns = specification.learns
        dimensions = specification.dimensions
        derived = specification.derived.mapValues(\.description)
        phases = specification.phaseOrder.map { Phase(name: $0, flights: specification.phases[$0] ?? []) }
        updates = specification.phaseOrder.filter(specification.updates.contains)
        var steps: [String] = []
        for step in phases.flatMap({ $0.flights.joined() }) where !steps.contains(step) { steps.append(step) }
        messages = steps.compactMap { specification.messages[$0].map(Message.init) }
    }

    /// Some message of it is of kind `plain`.
    public var isUnprotected: Bool { messages.contains { $0.kind == Kind.plain.name } }
}

extension SpecificationPage {
    /// Name, hash and the table of messages.
    public var overview: String { overviewLines.joined(separator: "\n") }

    /// All of it.
    public var text: String {
        var lines = overviewLines + ["", "  source: \(source)"]
        for (title, entries) in [
            ("roles", roles), ("learns", learns), ("dimensions", dimensions), ("derived", derived),
        ] {
            guard !entries.isEmpty else { continue }
            var table = TextTable("", "")
            for (name, meaning) in entries.sorted(by: { $0.key < $1.key }) { table.add(name, meaning) }
            lines += ["", "  \(title)"] + table.lines.indented(by: 4)
        }
        var flights = TextTable("", "")
        for phase in phases {
            let steps = phase.flights.map { $0.joined(separator: " and ") }
            flights.add(phase.name, steps.joined(separator: ", then "))
        }
        lines += ["", "  phases"] + flights.lines.indented(by: 4)
        if !updates.isEmpty {
            lines += ["", "  weights are updated by each round of " + updates.joined(separator: ", ")]
        }
        lines += ["", "  messages"]
        for message in messages { lines += message.lines.indented(by: 4) }
        return lines.joined(separator: "\n")
    }

    private var overviewLines: [String] {
        var table = TextTable("step", "from", "to", "kind", "key of", "shape", "bytes")
        for message in messages {
            table.add(
                message.step, message.from, message.to, message.kind, message.key ?? "", message.shape, message.bytes)
        }
        let open = messages.filter { !$0.hasFixedLength }.map(\.step)
        let exceptions = open.isEmpty ? "" : ", but for \(open.joined(separator: ", ")), of which a limit is known"
        let warning = isUnprotected ? ["  UNPROTECTED: sends plain numbers", ""] : []
        return ["\(name) \(version)  \(hash)", "  \(summary)", ""] + warning + table.lines.indented()
            + ["", "  lengths follow from sizes that all parties know\(exceptions)"]
    }
}

extension SpecificationPage.Message {
    fileprivate var lines: [String] {
        var table = TextTable("", "")
        table.add("carries", carries)
        table.add("leaks", leaks)
        if let subject { table.add("subject", subject) }
        if let weights { table.add("weights", "as they are \(weights) their round's update") }
        if let defines { table.add("defines", defines) }
        if scale > 0 { table.add("scale", "\(scale) fractional bits") }
        if let slots, let slotBits { table.add("slots", "\(slots) of \(slotBits) bits") }
        return [step] + table.lines.indented()
    }
}
