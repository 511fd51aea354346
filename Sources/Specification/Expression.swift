/// An integer expression over dimension names: `+`, `-`, `*`, parentheses, `ceil(a / b)`, `max(a, b)`.
///
/// Names are lower case with hyphens; a name may be scoped to a party: `columns[feature]`. Minus needs spaces around it,
/// because a hyphen belongs to a name. Parsed once; evaluation checks for overflow.
public struct Expression: Hashable, Sendable, CustomStringConvertible {
    indirect enum Node: Hashable, Sendable {
        case number(Int)
        case name(String, scope: String?)
        case sum(Node, Node)
        case difference(Node, Node)
        case product(Node, Node)
        case ceilingQuotient(Node, Node)
        case maximum(Node, Node)
    }

    let root: Node
    /// The text that it was parsed from, single-spaced.
    public let description: String

    /// - Throws: ``SpecificationError/malformed(_:)`` saying what was expected.
    public init(_ text: String) throws(SpecificationError) {
        var parser = ExpressionParser(text)
        root = try parser.sum()
        try parser.end()
        description = text.split(separator: " ").joined(separator: " ")
    }

    /// The value, where `lookup` gives those of the names.
    /// - Throws: ``SpecificationError/arithmetic(expression:)`` for a result below 0 or beyond 62 bits, or a division by zero.
    public func value(
        _ lookup: (_ name: String, _ scope: String?) throws(SpecificationError) -> Int
    ) throws(SpecificationError) -> Int {
        let value = try evaluate(root, lookup)
        guard value >= 0, value < 1 << 62 else { throw .arithmetic(expression: description) }
        return value
    }

    private func evaluate(
        _ node: Node, _ lookup: (String, String?) throws(SpecificationError) -> Int
    ) throws(SpecificationError) -> Int {
        let outcome: (partialValue: Int, overflow: Bool)
        switch node {
        case .number(let value): return value
        case .name(let name, let scope): return try lookup(name, scope)
        case .sum(let left, let right):
            outcome = try evaluate(left, lookup).addingReportingOverflow(evaluate(right, lookup))
        case .difference(let left, let right):
            outcome = try evaluate(left, lookup).subtractingReportingOverflow(evaluate(right, lookup))
        case .product(let left, let right):
            outcome = try evaluate(left, lookup).multipliedReportingOverflow(by: evaluate(right, lookup))
        case .ceilingQuotient(let left, let right):
            let (dividend, divisor) = (try evaluate(left, lookup), try evaluate(right, lookup))
            guard dividend >= 0, divisor > 0 else { throw .arithmetic(expression: description) }
            return dividend / divisor + (dividend % divisor == 0 ? 0 : 1)
        case .maximum(let left, let right):
            return max(try evaluate(left, lookup), try evaluate(right, lookup))
        }
        guard !outcome.overflow else { throw .arithmetic(expression: description) }
        return outcome.partialValue
    }

    /// Every name in it, as it is written.
    var names: [(name: String, scope: String?)] {
        func collect(_ node: Node) -> [(String, String?)] {
            switch node {
            case .number: []
            case .name(let name, let scope): [(name, scope)]
            case .sum(let left, let right), .difference(let left, let right), .product(let left, let right),
                .ceilingQuotient(let left, let right), .maximum(let left, let right):
                collect(left) + collect(right)
            }
        }
        return collect(root)
    }
}

/// Recursive descent over the grammar `sum = product {(+|-) product}`, `product = factor {* factor}`.
private struct ExpressionParser {
    private let characters: [Character]
    private var position = 0
    private let text: String
    private var depth = 0

    init(_ text: String) {
        self.text = text
        characters = Array(text)
    }

    mutating func sum() throws(SpecificationError) -> Expression.Node {
        depth += 1
        defer { depth -= 1 }
        guard depth < 32 else { throw .malformed("expression nested too deeply") }
        var node = try product()
        while let operation = take(anyOf: "+-") {
            let right = try product()
            node = operation == "+" ? .sum(node, right) : .difference(node, right)
        }
        return node
    }

    private mutating func product() throws(SpecificationError) -> Expression.Node {
        var node = try factor()
        while take(anyOf: "*") != nil { node = .product(node, try factor()) }
        return node
    }

    private mutating func factor() throws(SpecificationError) -> Expression.Node {
        if take(anyOf: "(") != nil {
            let node = try sum()
            try expect(")")
            return node
        }
        let word = word()
        if let number = Int(word) { return .number(number) }
        guard let first = word.first, first.isLetter else { throw .malformed("a number or name expected in '\(text)'") }
        switch word {
        case "ceil":
            try expect("(")
            let dividend = try sum()
            try expect("/")
            let divisor = try sum()
            try expect(")")
            return .ceilingQuotient(dividend, divisor)
        case "max":
            try expect("(")
            let left = try sum()
            try expect(",")
            let right = try sum()
            try expect(")")
            return .maximum(left, right)
        default:
            guard position < characters.count, characters[position] == "[" else { return .name(word, scope: nil) }
            position += 1
            let scope = self.word()
            guard !scope.isEmpty else { throw .malformed("a role expected between '[' and ']' in '\(text)'") }
            try expect("]")
            return .name(word, scope: scope)
        }
    }

    func end() throws(SpecificationError) {
        guard characters[position...].allSatisfy({ $0 == " " }) else {
            throw .malformed("'\(String(characters[position...]))' is not understood in '\(text)'")
        }
    }

    private mutating func word() -> String {
        skipSpaces()
        let start = position
        while position < characters.count,
            characters[position].isASCII,
            characters[position].isLetter || characters[position].isNumber || characters[position] == "-"
        {
            position += 1
        }
        return String(characters[start..<position])
    }

    private mutating func take(anyOf wanted: String) -> Character? {
        skipSpaces()
        guard position < characters.count, wanted.contains(characters[position]) else { return nil }
        defer { position += 1 }
        return characters[position]
    }

    private mutating func expect(_ character: Character) throws(SpecificationError) {
        guard take(anyOf: String(character)) != nil else { throw .malformed("'\(character)' expected in '\(text)'") }
    }

    private mutating func skipSpaces() {
        while position < characters.count, characters[position] == " " { position += 1 }
    }
}
