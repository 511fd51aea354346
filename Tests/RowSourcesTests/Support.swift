import Foundation
import RowSources

/// All rows of a source, cells as texts.
func rows(_ source: any RowSource) throws -> [[String]] {
    var source = source
    var all: [[String]] = []
    var row = Row()
    while try source.next(&row) { all.append(row.ends.indices.map { String(decoding: row[$0], as: UTF8.self) }) }
    return all
}

/// Rows of CSV in blocks of `piece` bytes.
func csv(_ text: String, _ format: CSVFormat = CSVFormat(), piece: Int = 1 << 20) throws -> CSVReader {
    try csv(Array(text.utf8), format, piece: piece)
}

func csv(_ bytes: [UInt8], _ format: CSVFormat = CSVFormat(), piece: Int = 1 << 20) throws -> CSVReader {
    var rest = bytes[...]
    return try CSVReader(file: "a.csv", format) {
        defer { rest = rest.dropFirst(piece) }
        return Array(rest.prefix(piece))
    }
}

/// A folder that is gone after the test.
final class Folder {
    let path = NSTemporaryDirectory() + "colonnade-rows-" + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    func file(_ name: String, _ bytes: some Collection<UInt8>) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
        return path + "/" + name
    }
}

/// The committed files of the flights example.
let flightsFolder = String(#filePath.dropLast("Tests/RowSourcesTests/Support.swift".count)) + "parties/flights/"
