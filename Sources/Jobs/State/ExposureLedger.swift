internal import Cryptography
internal import Glibc
internal import Specification

/// How far a feature party's rows have been part of opened sums, over all jobs: kept per data set, row by row.
///
/// Every opening of `width` columns of Z adds `width / columns` to each row of the batch, columns counted before one-hot. The
/// largest sum of any row is the data set's exposure ratio. It is an indicator, not a proof. Rows are named by hashes of their ids.
public struct ExposureLedger: Sendable {
    /// Sums are kept in this fraction of a ratio, rounded up: a ledger never counts too little.
    private static let fraction = 1_000_000_000_000
    /// Ratios are told in this fraction: a thousand roundings do not show, and half the columns are one half.
    private static let toldFraction = 1_000_000_000

    private var counts: [RowName: UInt64] = [:]
    private let path: String

    /// The first 16 bytes of SHA-256 over a label and the row's id. Not secret from who can guess ids: the ledger stays at home.
    public struct RowName: Hashable, Comparable, Sendable {
        let high, low: UInt64

        /// The name of the row with these canonical bytes.
        public init(id: [UInt8]) {
            let digest = SHA256.hash(Array("colonnade/exposure/v1\0".utf8) + id)
            high = digest[0..<8].reduce(0) { $0 << 8 | UInt64($1) }
            low = digest[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
        }

        init(high: UInt64, low: UInt64) {
            self.high = high
            self.low = low
        }

        public static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }
    }

    /// Opens the ledger of one data set; a file that is not there is an empty ledger, a damaged one is refused.
    /// - Throws: ``StateError/damaged(path:)``, ``StateError/unreadable(path:problem:)``.
    public init(path: String) throws(StateError) {
        self.path = path
        guard let bytes = try StateFile.read(path) else { return }
        var reader = CanonicalReader(bytes)
        do {
            guard try reader.text() == "colonnade/exposure-ledger/v1" else {
                throw SpecificationError.malformed("kind")
            }
            let rows = try reader.count()
            guard rows <= reader.remaining / 24 else { throw SpecificationError.malformed("length") }
            counts.reserveCapacity(rows)
            var last: RowName?
            for _ in 0..<rows {
                let name = RowName(high: try reader.integer(), low: try reader.integer())
                if let last, last >= name { throw SpecificationError.malformed("order of rows") }
                last = name
                let count: UInt64 = try reader.integer()
                guard count < 1 << 62 else { throw SpecificationError.malformed("count") }
                counts[name] = count
            }
            try reader.end()
        } catch {
            throw .damaged(path: path)
        }
    }

    /// The ratio that the most exposed of these rows has reached.
    public func ratio(of rows: some Sequence<RowName>) -> Double {
        Self.told(rows.lazy.map { counts[$0] ?? 0 }.max() ?? 0)
    }

    /// The ratio of a row that was opened so often and never before.
    public static func ratio(width: Int, columns: Int, openings: Int) -> Double {
        told(step(width: width, columns: columns) * UInt64(openings))
    }

    private static func told(_ sum: UInt64) -> Double {
        Double(sum / UInt64(fraction / toldFraction)) / Double(toldFraction)
    }

    /// What one opening adds to a row's ratio, in units of 10^-12, rounded up.
    public static func step(width: Int, columns: Int) -> UInt64 {
        UInt64((width * fraction + columns - 1) / columns)
    }

    /// Adds openings to rows; takes them back with `false`, when a job ended before it used them.
    public mutating func count(_ rows: some Sequence<RowName>, openings: Int, step: UInt64, adding: Bool = true) {
        let change = step * UInt64(openings)
        for row in rows {
            let before = counts[row] ?? 0
            counts[row] = adding ? before + change : before - min(before, change)
        }
    }

    /// Writes the ledger to disk, whole or not at all.
    /// - Throws: ``StateError/unwritable(path:problem:)``.
    public func save() throws(StateError) {
        var writer = CanonicalWriter()
        writer.text("colonnade/exposure-ledger/v1")
        writer.count(counts.count)
        for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
            writer.integer(name.high)
            writer.integer(name.low)
            writer.integer(count)
        }
        try StateFile.write(writer.bytes, to: path)
    }
}
