/// Turns the cells of a key into canonical bytes, as a declaration says.
///
/// Cells of ASCII, which most ids are, go through without an allocation; their result is what the other way would give.
struct CellEncoder: Sendable {
    /// The longest cell that is taken, in bytes: a key is short, and memory stays bounded whatever a file holds.
    static let cellLimit = 1 << 16

    private let trims: Bool
    private let foldsCase: Bool
    private let composes: Bool

    init(_ declaration: KeyDeclaration) {
        trims = declaration.trims
        foldsCase = declaration.foldsCase
        composes = declaration.unicode == .nfc
    }

    /// Appends the cell: its type's tag, the length of what follows (32 bits, big-endian), its canonical bytes.
    ///
    /// - Returns: Whether there was anything to append: false where the cell is empty.
    func append(_ cell: Span<UInt8>, as type: KeyType, to message: inout [UInt8]) throws(CellProblem) -> Bool {
        guard cell.count <= Self.cellLimit else { throw .tooLong(limit: Self.cellLimit) }
        if cell.isASCII {
            let indices = trims ? cell.trimmedASCIIIndices : cell.indices
            return try appendTrimmed(cell.extracting(indices), as: type, to: &message)
        }
        let text = try canonicalText(cell, as: type)
        return try appendTrimmed(text.utf8.span, as: type, to: &message)
    }

    /// Strict UTF-8, trimmed, and for texts composed, folded and composed again, in this order.
    private func canonicalText(_ cell: Span<UInt8>, as type: KeyType) throws(CellProblem) -> String {
        guard var text = String(strictUTF8: cell) else { throw .notUTF8 }
        if trims { text = text.trimmingWhiteSpace }
        guard type == .text else { return text }
        func compose(_ text: String) throws(CellProblem) -> String {
            guard composes else { return text }
            guard let composed = text.composed else { throw .unknownComposition }
            return composed
        }
        text = try compose(text)
        return foldsCase ? try compose(text.caseFolded) : text
    }

    /// Appends bytes to which nothing is left to be done but folding of A to Z.
    private func appendTrimmed(
        _ bytes: Span<UInt8>, as type: KeyType, to message: inout [UInt8]
    ) throws(CellProblem) -> Bool {
        guard !bytes.isEmpty else { return false }
        switch type {
        case .text:
            message.append(type.tag)
            message.append(bigEndian: UInt32(bytes.count))
            if foldsCase {
                for index in bytes.indices { message.append(bytes[index].asciiFolded) }
            } else {
                bytes.withUnsafeBufferPointer { message.append(contentsOf: $0) }
            }
        case .integer: append(try bytes.integer(), as: type, to: &message)
        case .date: append(try bytes.date(), as: type, to: &message)
        }
        return true
    }

    private func append(_ value: Int64, as type: KeyType, to message: inout [UInt8]) {
        message.append(type.tag)
        message.append(bigEndian: UInt32(Int64.bitWidth / 8))
        message.append(bigEndian: UInt64(bitPattern: value))
    }
}

extension [UInt8] {
    mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}

extension String {
    /// The text of these bytes; nil where they are not UTF-8, overlong forms and surrogates included.
    fileprivate init?(strictUTF8 bytes: Span<UInt8>) {
        guard let text = try? UTF8Span(validating: bytes) else { return nil }
        self.init(copying: text)
    }
}

extension UInt8 {
    /// Unicode's White_Space below U+0080.
    fileprivate var isASCIIWhiteSpace: Bool { self == UInt8(ascii: " ") || 0x09...0x0D ~= self }
}

extension Span<UInt8> {
    fileprivate var isASCII: Bool {
        var union: UInt8 = 0
        for index in indices { union |= self[index] }
        return union < 0x80
    }

    /// What is left when ASCII's white space at both ends is left out.
    fileprivate var trimmedASCIIIndices: Range<Int> {
        var (start, end) = (0, count)
        while start < end, self[start].isASCIIWhiteSpace { start += 1 }
        while end > start, self[end - 1].isASCIIWhiteSpace { end -= 1 }
        return start..<end
    }
}

extension KeyDeclaration {
    /// Tells of cells of a key column whether they are the same key as `text` is: as ids are, made canonical.
    ///
    /// - Parameter column: One of ``columns``; of another one no cell is. Nor is one that makes no id, or any where `text` makes none.
    public func matcher(of text: [UInt8], in column: String) -> (ArraySlice<UInt8>) -> Bool {
        let ordered = ordered(in: column)
        guard let wanted = ordered(text[...]) else { return { _ in false } }
        return { ordered($0) == wanted }
    }

    /// Makes of cells of a key column bytes that are equal where the keys are, and sort as these do: whole numbers by size, days by time,
    /// texts by their UTF-8. `nil` for a cell that makes no id.
    ///
    /// - Parameter column: One of ``columns``; cells of another one make nothing.
    public func ordered(in column: String) -> (ArraySlice<UInt8>) -> [UInt8]? {
        guard let type = columns.first(where: { $0.name == column })?.type else { return { _ in nil } }
        let encoder = CellEncoder(self)
        return { cell in
            var bytes: [UInt8] = []
            guard let isThere = try? encoder.append(cell.span, as: type, to: &bytes), isThere else { return nil }
            // Behind the type's tag and the length; a number's sign is turned, so that negative ones come first.
            bytes.removeFirst(5)
            if type != .text { bytes[0] ^= 0x80 }
            return bytes
        }
    }
}
