internal import Documents

/// Sizes as people write them.
public enum ByteCount {
    private static let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)]

    /// `512 MiB`, or a number of bytes; `nil` for anything else.
    public static func read(_ text: String) -> Int? {
        let (unit, shift) = units.first { text.hasSuffix($0.0) } ?? ("", 0)
        var number = text.dropLast(unit.count)
        if number.last == " ", !unit.isEmpty { number.removeLast() }
        guard number.allSatisfy(\.isNumber), let count = Int(number), count < 1 << (60 - shift) else { return nil }
        return count << shift
    }

    /// With a unit of which there is at least one.
    public static func text(_ bytes: Int) -> String {
        guard let (unit, shift) = units.last(where: { bytes >= 1 << $0.1 }) else { return "\(bytes) bytes" }
        let tenths = (bytes >> shift) * 10 + ((bytes & (1 << shift - 1)) * 10) >> shift
        return tenths % 10 == 0 || tenths >= 1000 ? "\(tenths / 10) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
    }
}

extension Document {
    /// A size with its unit.
    ///
    /// - Throws: `DocumentError` for what is none, and for less than the least.
    mutating func optionalSize(_ field: String, atLeast least: Int) throws(DocumentError) -> Int? {
        guard let text = try optionalText(field) else { return nil }
        guard let bytes = ByteCount.read(text), bytes >= least else {
            throw error(field, "'\(text)' is no size such as 512 MiB or 2 GiB, of \(ByteCount.text(least)) at least")
        }
        return bytes
    }
}
