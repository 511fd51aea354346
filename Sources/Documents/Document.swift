internal import Glibc
internal import Yams

/// A YAML mapping that is read field by field: each field once, and what is left over at the end is refused, so that a
/// misspelt field never passes in silence.
public struct Document {
    public let file: String
    private let path: String
    private let line: Int
    private var fields: [String: Node] = [:]
    private var order: [String] = []
    /// Where each field's name stands; kept after the field was read, for problems found in its value later.
    private var lines: [String: Int] = [:]

    /// Largest file that is read: nobody writes a longer one by hand.
    public static let sizeLimit = 1 << 20

    /// Parses a text; `file` is its name in errors.
    public init(yaml: String, file: String, overrides: [String] = []) throws(DocumentError) {
        var root: Node?
        guard yaml.utf8.count <= Self.sizeLimit else { throw Self.tooLarge(file) }
        if let (line, problem) = yaml.unboundedYAML { throw DocumentError(file: file, line: line, problem: problem) }
        do { root = try Yams.compose(yaml: yaml) } catch let error as YamlError {
            throw DocumentError(file: file, line: error.line, problem: "not YAML: \(error.reason)")
        } catch {
            throw DocumentError(file: file, problem: "not YAML: \(error)")
        }
        for text in overrides { try Self.override(&root, with: text) }
        guard let root else { throw DocumentError(file: file, problem: "is empty") }
        try self.init(root, file: file, path: "")
    }

    /// Reads and parses a file; `overrides` replace or add fields: `train.epochs=3`, the value in YAML.
    public init(path: String, overrides: [String] = []) throws(DocumentError) {
        guard let handle = fopen(path, "rbe") else {
            throw DocumentError(file: path, problem: "cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { fclose(handle) }
        var bytes = [UInt8](repeating: 0, count: Self.sizeLimit + 1)
        let count = fread(&bytes, 1, bytes.count, handle)
        guard count <= Self.sizeLimit else { throw Self.tooLarge(path) }
        guard let text = String(validating: bytes.prefix(count), as: UTF8.self) else {
            throw DocumentError(file: path, problem: "is not UTF-8")
        }
        try self.init(yaml: text, file: path, overrides: overrides)
    }

    private static func tooLarge(_ file: String) -> DocumentError {
        DocumentError(file: file, problem: "is larger than \(sizeLimit) bytes")
    }

    private static func override(_ root: inout Node?, with text: String) throws(DocumentError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, path.allSatisfy({ !$0.isEmpty }), parts[1].unboundedYAML == nil else {
            throw DocumentError(file: "--set \(text)", problem: "key.path=value is expected")
        }
        let value: Node
        do { value = try Yams.compose(yaml: parts[1]) ?? Node("") } catch {
            throw DocumentError(file: "--set \(text)", problem: "the value is not YAML")
        }
        func replace(_ node: Node?, _ path: ArraySlice<String>) -> Node? {
            guard let name = path.first else { return value }
            guard var mapping = node?.mapping ?? (node == nil ? Node.Mapping([]) : nil),
                let inner = replace(mapping[Node(name)], path.dropFirst())
            else { return nil }
            mapping[Node(name)] = inner
            return .mapping(mapping)
        }
        guard let replaced = replace(root, path[...]) else {
            throw DocumentError(file: "--set \(text)", problem: "a part of the path before the last is not a mapping")
        }
        root = replaced
    }

    private init(_ node: Node, file: String, path: String, line: Int? = nil) throws(DocumentError) {
        self.file = file
        self.path = path
        self.line = line ?? node.mark?.line ?? 0
        guard let mapping = node.mapping else {
            throw DocumentError(
                file: file, line: self.line, field: path, problem: "a mapping of names to values is expected")
        }
        for (key, value) in mapping {
            guard let name = key.scalar?.string else { throw error("", "a name is expected before ':'") }
            lines[name] = key.mark?.line
            guard fields.updateValue(value, forKey: name) == nil else { throw error(name, "stands twice") }
            order.append(name)
        }
    }

    /// Field names not yet taken, in the file's order.
    public var names: [String] { order.filter { fields[$0] != nil } }

    public func has(_ name: String) -> Bool { fields[name] != nil }

    /// A problem with a field of this mapping, or with its value after it was read.
    public func error(_ name: String, _ problem: String) -> DocumentError {
        DocumentError(file: file, line: lines[name] ?? line, field: full(name), problem: problem)
    }

    // MARK: - Texts and numbers

    public mutating func optionalText(_ name: String) throws(DocumentError) -> String? {
        guard let node = fields[name] else { return nil }
        guard let text = node.scalar?.string, !text.isEmpty else { throw error(name, "a text is expected") }
        fields[name] = nil
        return text
    }

    public mutating func text(_ name: String) throws(DocumentError) -> String {
        guard let text = try optionalText(name) else { throw missing(name) }
        return text
    }

    /// A whole number within bounds.
    public mutating func optionalInteger(_ name: String, in range: ClosedRange<Int>) throws(DocumentError) -> Int? {
        guard let text = try optionalText(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw error(
                name, "a whole number from \(range.lowerBound) to \(range.upperBound) is expected, not '\(text)'")
        }
        return value
    }

    public mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(DocumentError) -> Int {
        guard let value = try optionalInteger(name, in: range) else { throw missing(name) }
        return value
    }

    /// A finite decimal number within bounds.
    public mutating func optionalNumber(_ name: String, in range: ClosedRange<Double>) throws(DocumentError) -> Double?
    {
        guard let text = try optionalText(name) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw error(name, "a number from \(range.lowerBound) to \(range.upperBound) is expected, not '\(text)'")
        }
        return value
    }

    public mutating func optionalFlag(_ name: String) throws(DocumentError) -> Bool? {
        switch try optionalText(name) {
        case nil: return nil
        case "true", "yes": return true
        case "false", "no": return false
        case let other?: throw error(name, "true or false is expected, not '\(other)'")
        }
    }

    /// One of a closed list of keywords.
    public mutating func optionalChoice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type
    ) throws(DocumentError) -> Choice? where Choice.RawValue == String {
        guard let text = try optionalText(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw error(name, "'\(text)' is none of \(all)")
        }
        return choice
    }

    // MARK: - Lists and mappings

    public mutating func optionalTexts(_ name: String) throws(DocumentError) -> [String]? {
        guard let node = fields[name] else { return nil }
        let texts = (node.sequence ?? []).compactMap { $0.scalar?.string }
        guard let count = node.sequence?.count, texts.count == count else {
            throw error(name, "a list of texts is expected")
        }
        fields[name] = nil
        return texts
    }

    /// A list of lists of texts.
    public mutating func textLists(_ name: String) throws(DocumentError) -> [[String]] {
        guard let node = fields[name] else { throw missing(name) }
        var lists: [[String]] = []
        for inner in node.sequence ?? [] {
            let texts = (inner.sequence ?? []).compactMap { $0.scalar?.string }
            guard !texts.isEmpty, texts.count == inner.sequence?.count else {
                throw error(name, "a list of lists of texts is expected")
            }
            lists.append(texts)
        }
        guard !lists.isEmpty else { throw error(name, "a list of lists of texts is expected") }
        fields[name] = nil
        return lists
    }

    /// A list of names that may each have a value: `[log, {clip: [0, 1]}]`. One document of one field for each; a name alone is a
    /// field without a value (``isBare(_:)``).
    public mutating func optionalEntries(_ name: String) throws(DocumentError) -> [Document]? {
        guard let node = fields[name] else { return nil }
        guard let items = node.sequence else { throw error(name, "a list is expected") }
        fields[name] = nil
        var entries: [Document] = []
        for (index, item) in items.enumerated() {
            let place = "\(full(name))[\(index + 1)]"
            // Items that stand in one line with the list's name have that line.
            let line = item.mark?.line ?? lines[name]
            var node = item
            if item.scalar != nil { node = .mapping(Node.Mapping([(item, Node(""))])) }
            let entry = try Document(node, file: file, path: place, line: line)
            guard entry.names.count == 1 else {
                throw entry.error("", "a name, or one name with its value, is expected")
            }
            entries.append(entry)
        }
        return entries
    }

    /// Whether a field has no value.
    public func isBare(_ name: String) -> Bool { fields[name]?.scalar?.string.isEmpty ?? false }

    /// Takes a field that must have no value.
    public mutating func bare(_ name: String) throws(DocumentError) {
        guard isBare(name) else { throw error(name, "no value is expected here") }
        fields[name] = nil
    }

    /// Whether a field is a mapping.
    public func isMapping(_ name: String) -> Bool { fields[name]?.mapping != nil }

    /// Whether a field is a list.
    public func isList(_ name: String) -> Bool { fields[name]?.sequence != nil }

    public mutating func optionalMapping(_ name: String) throws(DocumentError) -> Document? {
        guard let node = fields.removeValue(forKey: name) else { return nil }
        return try Document(node, file: file, path: full(name), line: lines[name])
    }

    public mutating func mapping(_ name: String) throws(DocumentError) -> Document {
        guard let mapping = try optionalMapping(name) else { throw missing(name) }
        return mapping
    }

    /// A mapping of names to texts.
    public mutating func optionalTextMapping(_ name: String) throws(DocumentError) -> [String: String] {
        guard var mapping = try optionalMapping(name) else { return [:] }
        var result: [String: String] = [:]
        for key in mapping.names { result[key] = try mapping.text(key) }
        return result
    }

    /// Every field must have been read.
    public func end() throws(DocumentError) {
        if let left = names.first { throw error(left, "is not a field here") }
    }

    private func missing(_ name: String) -> DocumentError {
        DocumentError(file: file, line: line, field: full(name), problem: "is missing")
    }

    private func full(_ name: String) -> String {
        [path, name].filter { !$0.isEmpty }.joined(separator: ".")
    }
}

extension YamlError {
    fileprivate var line: Int {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        default: 0
        }
    }

    fileprivate var reason: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
        default: "\(self)"
        }
    }
}
