/// Writes values in the one encoding that they have: big-endian integers, lengths before texts and bytes.
///
/// Everything that is hashed, signed or sent goes through here, so that equal values have equal bytes.
public struct CanonicalWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    /// Starts with no bytes.
    public init() {}

    /// An integer, most significant byte first, in its full width.
    public mutating func integer<T: FixedWidthInteger & UnsignedInteger>(_ value: T) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// A count or size, as 64 bits. Negative values have no encoding.
    public mutating func count(_ value: Int) {
        precondition(value >= 0, "a count is never negative")
        integer(UInt64(value))
    }

    /// A signed 64-bit value, two's complement.
    public mutating func signed(_ value: Int64) { integer(UInt64(bitPattern: value)) }

    /// A text of at most 65,535 bytes of UTF-8, after its length.
    public mutating func text(_ value: String) {
        let utf8 = Array(value.utf8)
        precondition(utf8.count <= Int(UInt16.max), "text too long for its encoding")
        integer(UInt16(utf8.count))
        bytes.append(contentsOf: utf8)
    }

    /// Bytes after their length (32 bits).
    public mutating func blob(_ value: [UInt8]) {
        precondition(value.count <= Int(UInt32.max), "blob too long for its encoding")
        integer(UInt32(value.count))
        bytes.append(contentsOf: value)
    }

    /// Bytes as they are: only where both ends know the length.
    public mutating func raw(_ value: [UInt8]) { bytes.append(contentsOf: value) }

    /// A list after its length (32 bits).
    public mutating func list<Element>(_ values: [Element], _ write: (inout CanonicalWriter, Element) -> Void) {
        integer(UInt32(values.count))
        for value in values { write(&self, value) }
    }

    /// A value that may be absent: 0, or 1 and the value.
    public mutating func optional<Value>(_ value: Value?, _ write: (inout CanonicalWriter, Value) -> Void) {
        integer(UInt8(value == nil ? 0 : 1))
        if let value { write(&self, value) }
    }
}

/// Reads what ``CanonicalWriter`` wrote and refuses everything else.
///
/// No length from outside is trusted: it is compared with the bytes at hand before anything is allocated.
public struct CanonicalReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    /// Reads from the first byte.
    public init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    /// Reads from the slice's first byte.
    public init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Bytes not yet read.
    public var remaining: Int { bytes.endIndex - position }

    /// The next `count` bytes as they are.
    /// - Throws: ``SpecificationError/malformed(_:)`` where fewer are left, as every method below does.
    public mutating func raw(_ count: Int) throws(SpecificationError) -> [UInt8] {
        guard count >= 0, count <= remaining else { throw .malformed("\(count) bytes wanted, \(remaining) left") }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// An integer in its full width, most significant byte first.
    public mutating func integer<T: FixedWidthInteger & UnsignedInteger>(
        _ type: T.Type = T.self
    ) throws(SpecificationError) -> T {
        try raw(T.bitWidth / 8).reduce(0) { $0 << 8 | T($1) }
    }

    /// A count below 2^62, so that sums of two stay in range.
    public mutating func count() throws(SpecificationError) -> Int {
        let value: UInt64 = try integer()
        guard value < 1 << 62 else { throw .malformed("a count of \(value)") }
        return Int(value)
    }

    /// A signed 64-bit value, two's complement.
    public mutating func signed() throws(SpecificationError) -> Int64 { Int64(bitPattern: try integer()) }

    /// A text after its length (16 bits). Anything but valid UTF-8 is refused, not repaired.
    public mutating func text() throws(SpecificationError) -> String {
        let length: UInt16 = try integer()
        guard let text = String(validating: try raw(Int(length)), as: UTF8.self) else {
            throw .malformed("text that is not UTF-8")
        }
        return text
    }

    /// Bytes after their length (32 bits).
    /// - Parameter limit: Longest that is taken, in bytes.
    public mutating func blob(limit: Int = .max) throws(SpecificationError) -> [UInt8] {
        let length: UInt32 = try integer()
        guard Int(length) <= limit else { throw .malformed("\(length) bytes, at most \(limit) allowed") }
        return try raw(Int(length))
    }

    /// A list after its length (32 bits), of elements that take at least one byte each: a length beyond the bytes left is refused.
    public mutating func list<Element>(
        _ read: (inout CanonicalReader) throws(SpecificationError) -> Element
    ) throws(SpecificationError) -> [Element] {
        let length: UInt32 = try integer()
        guard Int(length) <= remaining else { throw .malformed("\(length) elements, \(remaining) bytes left") }
        // Room for the usual only: an element may be larger than its encoding, and the length is a claim until they were read.
        var values: [Element] = []
        values.reserveCapacity(min(Int(length), 64))
        for _ in 0..<length { values.append(try read(&self)) }
        return values
    }

    /// A value that may be absent: 0, or 1 and the value; no other first byte.
    public mutating func optional<Value>(
        _ read: (inout CanonicalReader) throws(SpecificationError) -> Value
    ) throws(SpecificationError) -> Value? {
        switch try integer(UInt8.self) {
        case 0: return nil
        case 1: return try read(&self)
        case let other: throw .malformed("presence byte \(other)")
        }
    }

    /// A party's name, held to the rules of names.
    public mutating func party() throws(SpecificationError) -> Party { try Party(text()) }

    /// Every byte must have been read.
    public func end() throws(SpecificationError) {
        guard remaining == 0 else { throw .malformed("\(remaining) bytes after the end") }
    }
}

extension CanonicalWriter {
    /// A party's name, as a text.
    public mutating func party(_ party: Party) { text(party.name) }
}
