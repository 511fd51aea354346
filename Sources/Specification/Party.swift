/// The name of an organisation taking part in a job: 1 to 32 of `a`-`z`, `0`-`9` and `-`.
///
/// Names are public: they stand in job files, certificates, frames and transcripts. Their order is that of their bytes.
public struct Party: Hashable, Sendable {
    /// The text that the rules of names allowed.
    public let name: String

    /// - Throws: ``SpecificationError/invalidPartyName(length:)`` where a character or the length is not allowed.
    public init(_ name: String) throws(SpecificationError) {
        let allowed = name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        guard allowed, (1...32).contains(name.utf8.count) else {
            throw .invalidPartyName(length: name.utf8.count)
        }
        self.name = name
    }
}

extension Party: Comparable {
    public static func < (left: Party, right: Party) -> Bool { left.name < right.name }
}

extension Party: CustomStringConvertible {
    public var description: String { name }
}

extension Party: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

extension Party: CodingKeyRepresentable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public var codingKey: any CodingKey { Key(stringValue: name) }

    public init?(codingKey: some CodingKey) {
        guard let party = try? Party(codingKey.stringValue) else { return nil }
        self = party
    }
}
