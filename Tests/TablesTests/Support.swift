import Tables

/// A table read from a text, in blocks of `piece` bytes.
func table(
    _ text: String, key: [String] = ["id"], types: [String: ColumnType] = [:], piece: Int = 1 << 20
) throws -> Table {
    try table(bytes: Array(text.utf8), key: key, types: types, piece: piece)
}

func table(
    bytes: [UInt8], key: [String] = ["id"], types: [String: ColumnType] = [:], piece: Int = 1 << 20
) throws -> Table {
    var rest = bytes[...]
    return try Table(file: "a.csv", key: RowKey(columns: key), types: types) {
        defer { rest = rest.dropFirst(piece) }
        return Array(rest.prefix(piece))
    }
}

extension Table {
    /// The cells of a column as texts.
    func texts(_ name: String) throws -> [String] {
        guard case .texts(let texts) = try column(name).cells() else { return [] }
        return (0..<texts.count).map { String(decoding: texts[$0], as: UTF8.self) }
    }
}

/// The committed files of the flights example.
let flightsFolder = String(#filePath.dropLast("Tests/TablesTests/Support.swift".count)) + "parties/flights/"
