internal import Yams

extension ProtocolSpecification {
    /// Reads a `protocol.yaml`.
    ///
    /// Unknown fields, missing fields, messages outside every phase and phases with unknown messages are refused.
    /// - Throws: ``SpecificationError/invalid(specification:line:field:problem:)``.
    public init(yaml: String) throws(SpecificationError) {
        let root: Node?
        do { root = try Yams.compose(yaml: yaml) } catch {
            throw .invalid(specification: "protocol.yaml", line: 0, field: "", problem: "not YAML: \(error)")
        }
        guard let root else { throw .invalid(specification: "protocol.yaml", line: 0, field: "", problem: "empty") }
        var reader = try SpecificationNode(root, specification: "protocol.yaml", field: "")
        name = try reader.text("protocol")
        reader.specification = "\(name)/protocol.yaml"
        version = try reader.integer("version")
        summary = try reader.text("summary")
        source = try reader.text("source")
        roles = try reader.texts("roles")
        dimensions = try reader.optionalTexts("dimensions")
        derived = [:]
        for (name, text) in try reader.optionalTexts("derived") {
            derived[name] = try reader.expression(text, field: "derived.\(name)")
        }
        learns = try reader.texts("learns")
        phases = try reader.phases("phases")
        messages = [:]
        for (step, node) in try reader.children("messages") {
            messages[step] = try Message(step: step, node: node, roles: Set(roles.keys))
        }
        try reader.end()
        let used = Set(phases.values.joined().joined())
        if let unknown = used.subtracting(messages.keys).min() {
            throw reader.invalid("phases", "step \(unknown) has no message")
        }
        if let unused = Set(messages.keys).subtracting(used).min() {
            throw reader.invalid("messages.\(unused)", "stands in no phase")
        }
        try checkNames(reader)
    }

    /// Every name in an expression must be declared.
    private func checkNames(_ reader: SpecificationNode) throws(SpecificationError) {
        let announced = messages.values.compactMap(\.defines)
        let known = Set(dimensions.keys).union(derived.keys).union(announced)
        for message in messages.values.sorted(by: { $0.step < $1.step }) {
            var expressions = message.shape + [message.slotBits, message.slots].compactMap { $0 }
            switch message.bytes {
            case .exactly(let size), .atMost(let size): expressions.append(size)
            }
            for name in expressions.flatMap(\.names).map(\.name) where !known.contains(name) {
                throw reader.invalid("messages.\(message.step)", "dimension '\(name)' is not declared")
            }
        }
        for (name, expression) in derived {
            for used in expression.names.map(\.name) where !known.contains(used) {
                throw reader.invalid("derived.\(name)", "dimension '\(used)' is not declared")
            }
        }
    }
}

extension ProtocolSpecification.Message {
    fileprivate init(step: String, node: SpecificationNode, roles: Set<String>) throws(SpecificationError) {
        var node = node
        self.step = step
        let from = try node.text("from")
        guard from == "each" || roles.contains(from) else { throw node.invalid("from", "no role '\(from)'") }
        self.from = from == "each" ? .each : .role(from)
        switch try node.text("to") {
        case "others": to = .others
        case "next": to = .next
        case let role where roles.contains(role): to = .role(role)
        case let other: throw node.invalid("to", "no role '\(other)'")
        }
        let kindName = try node.text("kind")
        guard let kind = Kind(name: kindName) else {
            let all = Kind.allCases.map(\.name).joined(separator: ", ")
            throw node.invalid("kind", "'\(kindName)' is none of \(all)")
        }
        self.kind = kind
        key = try node.optionalText("key")
        guard (key != nil) == (kind == .ciphertext) else {
            throw node.invalid("key", "stands with kind ciphertext, and only there")
        }
        if let key, !roles.union(["sender", "receiver"]).contains(key) {
            throw node.invalid("key", "no role '\(key)'")
        }
        switch try node.optionalText("subject") {
        case nil: subject = nil
        case "sender": subject = .sender
        case "receiver": subject = .receiver
        case "round-before-sender": subject = .roundBeforeSender
        case let other?: throw node.invalid("subject", "'\(other)' is none of sender, receiver, round-before-sender")
        }
        shape = []
        for part in try node.text("shape").split(separator: " x ") {
            shape.append(try node.expression(String(part), field: "shape"))
        }
        scale =
            try node.optionalText("scale").map { (text) throws(SpecificationError) in
                guard let scale = UInt16(text) else { throw node.invalid("scale", "not a number of bits") }
                return Int(scale)
            } ?? 0
        slotBits = try node.optionalExpression("slot-bits")
        slots = try node.optionalExpression("slots")
        let size = try node.text("bytes")
        if size.hasPrefix("at most ") {
            bytes = .atMost(try node.expression(String(size.dropFirst("at most ".count)), field: "bytes"))
        } else {
            bytes = .exactly(try node.expression(size, field: "bytes"))
        }
        defines = try node.optionalText("defines")
        carries = try node.text("carries")
        leaks = try node.text("leaks")
        try node.end()
    }
}

/// A YAML mapping that is read field by field; what is left over at the end is refused.
private struct SpecificationNode {
    var specification: String
    private let path: String
    private let line: Int
    private var fields: [String: Node] = [:]
    private var order: [String] = []

    init(_ node: Node, specification: String, field: String) throws(SpecificationError) {
        self.specification = specification
        path = field
        line = node.mark?.line ?? 0
        guard let mapping = node.mapping else { throw invalid("", "a mapping is expected") }
        for (key, value) in mapping {
            guard let name = key.scalar?.string else { throw invalid("", "a name is expected before ':'") }
            guard fields.updateValue(value, forKey: name) == nil else { throw invalid(name, "stands twice") }
            order.append(name)
        }
    }

    func invalid(_ field: String, _ problem: String) -> SpecificationError {
        let full = [path, field].filter { !$0.isEmpty }.joined(separator: ".")
        return .invalid(
            specification: specification, line: fields[field]?.mark?.line ?? line, field: full, problem: problem)
    }

    mutating func optionalText(_ name: String) throws(SpecificationError) -> String? {
        guard let node = fields[name] else { return nil }
        guard let text = node.scalar?.string else { throw invalid(name, "a text is expected") }
        fields[name] = nil
        return text
    }

    mutating func text(_ name: String) throws(SpecificationError) -> String {
        guard let text = try optionalText(name), !text.isEmpty else { throw invalid(name, "is missing") }
        return text
    }

    mutating func integer(_ name: String) throws(SpecificationError) -> Int {
        guard let value = Int(try text(name)), value > 0 else { throw invalid(name, "a positive number is expected") }
        return value
    }

    mutating func optionalTexts(_ name: String) throws(SpecificationError) -> [String: String] {
        fields[name] == nil ? [:] : try texts(name)
    }

    mutating func texts(_ name: String) throws(SpecificationError) -> [String: String] {
        guard let node = fields.removeValue(forKey: name) else { throw invalid(name, "is missing") }
        var child = try SpecificationNode(node, specification: specification, field: full(name))
        var result: [String: String] = [:]
        for key in child.order { result[key] = try child.text(key) }
        return result
    }

    mutating func children(_ name: String) throws(SpecificationError) -> [(String, SpecificationNode)] {
        guard let node = fields.removeValue(forKey: name) else { throw invalid(name, "is missing") }
        let child = try SpecificationNode(node, specification: specification, field: full(name))
        var result: [(String, SpecificationNode)] = []
        for key in child.order {
            guard let node = child.fields[key] else { continue }
            let field = "\(child.path).\(key)"
            result.append((key, try SpecificationNode(node, specification: specification, field: field)))
        }
        return result
    }

    mutating func phases(_ name: String) throws(SpecificationError) -> [String: [[String]]] {
        guard let node = fields.removeValue(forKey: name) else { throw invalid(name, "is missing") }
        let child = try SpecificationNode(node, specification: specification, field: full(name))
        var result: [String: [[String]]] = [:]
        for (phase, value) in child.fields {
            var flights: [[String]] = []
            for flight in value.sequence ?? [] {
                let steps = (flight.sequence ?? []).compactMap { $0.scalar?.string }
                guard !steps.isEmpty, steps.count == flight.sequence?.count else {
                    throw invalid("\(name).\(phase)", "a list of lists of steps is expected")
                }
                flights.append(steps)
            }
            guard !flights.isEmpty else { throw invalid("\(name).\(phase)", "has no flights") }
            result[phase] = flights
        }
        return result
    }

    func expression(_ text: String, field: String) throws(SpecificationError) -> Expression {
        do { return try Expression(text) } catch { throw invalid(field, error.description) }
    }

    mutating func optionalExpression(_ name: String) throws(SpecificationError) -> Expression? {
        guard let text = try optionalText(name) else { return nil }
        return try expression(text, field: name)
    }

    func end() throws(SpecificationError) {
        if let left = fields.keys.min() { throw invalid(left, "is not a field here") }
    }

    private func full(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}
