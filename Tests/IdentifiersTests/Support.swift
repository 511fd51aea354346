import Cryptography
import Foundation
import Identifiers
import Specification
import Testing

let seed = [UInt8](0..<32)

/// A cell as a table gives it.
func cell(_ text: String) -> ArraySlice<UInt8> { ArraySlice(text.utf8) }

func declaration(_ types: KeyType..., trims: Bool = true, foldsCase: Bool = false) -> KeyDeclaration {
    let columns = types.enumerated().map { KeyColumn("column \($0.offset)", $0.element) }
    return KeyDeclaration(columns: columns, trims: trims, foldsCase: foldsCase)
}

/// The id hash of canonical bytes, written down once more.
func reference(_ cells: (tag: UInt8, bytes: [UInt8])...) -> [UInt8] {
    var writer = CanonicalWriter()
    writer.text("colonnade/align/id/v1")
    writer.raw(seed)
    writer.integer(UInt32(cells.count))
    for cell in cells {
        writer.integer(cell.tag)
        writer.blob(cell.bytes)
    }
    return SHA256.hash(writer.bytes)
}

/// The id hash of cells; nil where one is empty.
func hash(_ declaration: KeyDeclaration, _ cells: ArraySlice<UInt8>...) throws -> [UInt8]? {
    try IDHasher(declaration, seed: seed).hash(cells)?.bytes
}

/// The ids of rows 0, 1, ...
func collect(
    _ rows: [[String]], _ declaration: KeyDeclaration = declaration(.text), seed: [UInt8] = seed,
    duplicates: DuplicatePolicy = .refuse, storage: IdentifierCollector.Storage = .memory
) throws(IdentifiersError) -> SortedIdentifiers {
    var collector = try IdentifierCollector(declaration, seed: seed, duplicates: duplicates, storage: storage)
    for (row, cells) in rows.enumerated() { try collector.add(row: row, cells: cells.map(cell)) }
    return try collector.finish()
}

/// The ids `id-0`, `id-1`, ... of rows 0, 1, ...
func collect(
    count: Int, storage: IdentifierCollector.Storage = .memory
) throws(IdentifiersError) -> SortedIdentifiers {
    try collect((0..<count).map { ["id-\($0)"] }, storage: storage)
}

/// The ids `id-n` of rows n.
func collect(
    numbers: [Int], storage: IdentifierCollector.Storage = .memory
) throws(IdentifiersError) -> SortedIdentifiers {
    var collector = try IdentifierCollector(declaration(.text), seed: seed, storage: storage)
    for row in numbers { try collector.add(row: row, cells: [cell("id-\(row)")]) }
    return try collector.finish()
}

/// A file of ids of rows 0, 1, ..., written down once more, whose hashes are no hashes: the second 64 bits are given.
func fileOfIDs(_ path: String, secondWords: [UInt64]) throws -> SortedIdentifiers {
    func bytes(_ number: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: number.littleEndian, Array.init) }
    let count = UInt64(secondWords.count)
    var file = Array("COLNDIDS".utf8) + bytes(UInt32(1)) + bytes(UInt32(40)) + declaration(.text).fingerprint + seed
    file += [count, count, 0, 0, count].flatMap { bytes($0) } + [UInt8](repeating: 0, count: 32)
    file += SHA256.hash(file)
    for (row, word) in secondWords.enumerated() {
        file += bytes(UInt64(row) << 50).reversed() + bytes(word).reversed()
        file += [UInt8](repeating: 0, count: 16) + bytes(UInt64(row))
    }
    try Data(file).write(to: URL(fileURLWithPath: path))
    return try SortedIdentifiers(opening: path, declaration(.text), seed: seed)
}

extension SortedIdentifiers {
    var all: IdentifierList { get throws { try ids(at: 0..<count) } }
}

/// An empty folder, for the time of `body`.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = NSTemporaryDirectory() + "identifiers-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
}

func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

/// Small numbers that look random, the same at every run.
struct Numbers {
    var state: UInt64 = 1

    mutating func below(_ bound: UInt32) -> UInt32 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt32(state >> 33) % bound
    }
}
