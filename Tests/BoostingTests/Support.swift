import Foundation

/// Reproducible numbers: SplitMix64 (Steele et al. 2014).
struct Numbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var hash = state
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }

    /// So many, evenly from 0 to 1.
    mutating func uniform(_ count: Int) -> [Double] {
        (0..<count).map { _ in Double.random(in: 0..<1, using: &self) }
    }

    /// How many events there are, at a rate of some few (Knuth).
    mutating func poisson(_ rate: Double) -> Double {
        var (product, count) = (1.0, -1.0)
        while product > exp(-rate) {
            product *= Double.random(in: 0..<1, using: &self)
            count += 1
        }
        return count
    }
}

/// Real data that does not come with the project: CSV files with a header in a folder beside the repository.
struct SharedData {
    /// By name of the column.
    let columns: [String: [Double]]

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data")

    static func isPresent(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: path).path)
    }

    init(_ path: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: path), encoding: .utf8)
        let lines = text.split(whereSeparator: \.isNewline).map { $0.split(separator: ",") }
        let cells = lines.dropFirst().map { $0.map { Double($0) ?? .nan } }
        columns = Dictionary(
            uniqueKeysWithValues: lines[0].enumerated().map { index, name in (String(name), cells.map { $0[index] }) })
    }

    /// `prefix`0, `prefix`1 and so on.
    func numbered(_ prefix: String) -> [[Double]] {
        (0...).lazy.map { columns["\(prefix)\($0)"] }.prefix { $0 != nil }.compactMap(\.self)
    }
}
