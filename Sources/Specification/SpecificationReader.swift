internal import Documents

extension ProtocolSpecification {
    /// Reads a `protocol.yaml`.
    ///
    /// Unknown fields, missing fields, messages outside every phase and phases with unknown messages are refused.
    /// - Throws: ``SpecificationError/invalid(_:)``.
    public init(yaml: String) throws(SpecificationError) {
        do { self = try Self.read(Document(yaml: yaml, file: "protocol.yaml")) } catch {
            throw .invalid(error.description)
        }
    }

    /// The specification that a program carries: one that does not parse is a mistake in the program itself.
    public init(embedded yaml: [UInt8]) {
        do { self = try ProtocolSpecification(yaml: String(decoding: yaml, as: UTF8.self)) } catch {
            preconditionFailure("an embedded specification: \(error)")
        }
    }

    private static func read(_ document: Document) throws(DocumentError) -> ProtocolSpecification {
        var document = document
        let name = try document.text("protocol")
        let version = try document.integer("version", in: 1...Int(UInt16.max))
        let (summary, source) = (try document.text("summary"), try document.text("source"))
        let roles = try document.optionalTextMapping("roles")
        let learns = try document.optionalTextMapping("learns")
        guard Set(learns.keys) == Set(roles.keys) else { throw document.error("learns", "must name every role") }
        let dimensions = try document.optionalTextMapping("dimensions")

        var derived: [String: Expression] = [:]
        if var mapping = try document.optionalMapping("derived") {
            for name in mapping.names { derived[name] = try mapping.expression(name) }
        }
        var phases: [String: [[String]]] = [:]
        var phaseMapping = try document.mapping("phases")
        let phaseOrder = phaseMapping.names
        for phase in phaseOrder { phases[phase] = try phaseMapping.textLists(phase) }
        let updates = Set(try document.optionalTexts("updates") ?? [])
        if let unknown = updates.subtracting(phases.keys).min() {
            throw document.error("updates", "no phase '\(unknown)'")
        }
        var messages: [String: Message] = [:]
        var messageMapping = try document.mapping("messages")
        for step in messageMapping.names {
            messages[step] = try Message(step: step, fields: messageMapping.mapping(step), roles: Set(roles.keys))
        }
        try document.end()

        let used = Set(phases.values.joined().joined())
        if let unknown = used.subtracting(messages.keys).min() {
            throw document.error("phases", "step \(unknown) has no message")
        }
        if let unused = Set(messages.keys).subtracting(used).min() {
            throw document.error("messages", "step \(unused) stands in no phase")
        }
        let result = ProtocolSpecification(
            name: name, version: version, summary: summary, source: source, roles: roles, dimensions: dimensions,
            derived: derived, phases: phases, phaseOrder: phaseOrder, updates: updates, messages: messages,
            learns: learns)
        if let unknown = result.undeclaredName {
            throw document.error("dimensions", "'\(unknown)' is used in an expression but not declared")
        }
        if let problem = result.problemOfWeights { throw document.error("messages", problem) }
        return result
    }

    /// What is missing for the weights that messages are of.
    private var problemOfWeights: String? {
        let messages = messages.values.filter { $0.weights != nil }.sorted { $0.step < $1.step }
        if let first = messages.first, dimensions[Self.weightVersion] == nil {
            return "\(first.step) is of weights, and no dimension is named \(Self.weightVersion)"
        }
        for message in messages where message.weights == .after {
            let others = phases.filter { !updates.contains($0.key) && $0.value.joined().contains(message.step) }
            if let other = others.keys.min() {
                return "\(message.step) is of weights after an update, and phase \(other) has none"
            }
        }
        return nil
    }

    /// The first name in an expression that is neither a dimension nor derived nor announced by a message.
    private var undeclaredName: String? {
        let known = Set(dimensions.keys).union(derived.keys).union(messages.values.compactMap(\.defines))
        var expressions = Array(derived.values)
        for message in messages.values {
            expressions += message.shape + [message.slotBits, message.slots].compactMap { $0 }
            switch message.bytes {
            case .exactly(let size), .atMost(let size): expressions.append(size)
            }
        }
        return expressions.flatMap(\.names).map(\.name).filter { !known.contains($0) }.min()
    }
}

extension ProtocolSpecification.Message {
    fileprivate init(step: String, fields: Document, roles: Set<String>) throws(DocumentError) {
        var fields = fields
        self.step = step
        let from = try fields.text("from")
        guard from == "each" || roles.contains(from) else { throw fields.error("from", "no role '\(from)'") }
        self.from = from == "each" ? .each : .role(from)
        switch try fields.text("to") {
        case "others": to = .others
        case let role where roles.contains(role): to = .role(role)
        case let other: throw fields.error("to", "no role '\(other)'")
        }
        let kindName = try fields.text("kind")
        guard let kind = Kind(name: kindName) else {
            throw fields.error("kind", "'\(kindName)' is none of \(Kind.allCases.map(\.name).joined(separator: ", "))")
        }
        self.kind = kind
        key = try fields.optionalText("key")
        guard (key != nil) == (kind == .ciphertext) else {
            throw fields.error("key", "stands with kind ciphertext, and only there")
        }
        if let key, !roles.union(["sender", "receiver"]).contains(key) {
            throw fields.error("key", "no role '\(key)'")
        }
        switch try fields.optionalText("subject") {
        case nil: subject = nil
        case "sender": subject = .sender
        case "receiver": subject = .receiver
        case let other?: throw fields.error("subject", "'\(other)' is neither sender nor receiver")
        }
        weights = try fields.optionalChoice("weights", of: ProtocolSpecification.Weights.self)
        shape = []
        for part in try fields.text("shape").split(separator: " x ") {
            shape.append(try fields.parse(String(part), of: "shape"))
        }
        scale = try fields.optionalInteger("scale", in: 0...Int(UInt16.max)) ?? 0
        slotBits = fields.has("slot-bits") ? try fields.expression("slot-bits") : nil
        slots = fields.has("slots") ? try fields.expression("slots") : nil
        let size = try fields.text("bytes")
        let limit = "at most "
        bytes =
            size.hasPrefix(limit)
            ? .atMost(try fields.parse(String(size.dropFirst(limit.count)), of: "bytes"))
            : .exactly(try fields.parse(size, of: "bytes"))
        defines = try fields.optionalText("defines")
        carries = try fields.text("carries")
        leaks = try fields.text("leaks")
        try fields.end()
    }
}

extension Document {
    fileprivate mutating func expression(_ name: String) throws(DocumentError) -> Expression {
        try parse(try text(name), of: name)
    }

    fileprivate func parse(_ text: String, of name: String) throws(DocumentError) -> Expression {
        do { return try Expression(text) } catch { throw self.error(name, error.description) }
    }
}
