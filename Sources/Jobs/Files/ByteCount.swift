internal import Documents

/// Sizes as people write them.
public enum ByteCount {
    private static let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)]
    private static let decimalUnits = [
        ("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ]

    /// `512 MiB`, `500 MB` or a number of bytes, with or without a space; `nil` for anything else. KiB, MiB, GiB and TiB are powers of
    /// 1024, kB, MB, GB and TB powers of 1000.
    public static func read(_ text: String) -> Int? {
        let all = units.map { ($0.0, 1 << $0.1) } + decimalUnits
        let (unit, factor) = all.first { text.hasSuffix($0.0) } ?? ("", 1)
        var number = text.dropLast(unit.count)
        if number.last == " ", !unit.isEmpty { number.removeLast() }
        guard number.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(number),
            count < (1 << 60) / factor
        else { return nil }
        return count * factor
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
            throw error(
                field, "'\(text)' is no size such as 512 MiB, 500 MB or 2 GiB, of \(ByteCount.text(least)) at least")
        }
        return bytes
    }
}
