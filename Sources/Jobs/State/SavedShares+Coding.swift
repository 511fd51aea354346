internal import Arithmetic
internal import Specification

// How shares are written: in models' halves, and with their velocities in checkpoints.

extension CanonicalWriter {
    /// Shares at rest: how many updates they have had, and each by its name.
    mutating func shares(_ shares: SavedShares) {
        count(shares.version)
        list(shares.named.sorted { $0.key < $1.key }) { writer, share in
            writer.text(share.key)
            writer.count(share.value.matrix.rows)
            writer.count(share.value.matrix.columns)
            writer.count(share.value.width)
            writer.blob(share.value.bytes)
        }
    }

    /// How they move: the velocities of their rows, of those that have one.
    mutating func velocities(_ velocities: [String: SavedShares.Velocity]) {
        list(velocities.sorted { $0.key < $1.key }) { writer, velocity in
            writer.text(velocity.key)
            writer.list(velocity.value.sorted { $0.key < $1.key }) { writer, row in
                writer.count(row.key)
                writer.list(row.value) { $0.number($1) }
            }
        }
    }

    /// A sign, then the magnitude in as many bytes as it takes.
    private mutating func number(_ number: Integer) {
        let magnitude = number.signum < 0 ? -number : number
        integer(UInt8(number.signum < 0 ? 1 : 0))
        guard let bytes = try? magnitude.bigEndianBytes(count: (magnitude.bitLength + 7) / 8) else {
            preconditionFailure("a magnitude has as many bytes as its bits take")
        }
        blob(bytes)
    }
}

extension CanonicalReader {
    /// What `CanonicalWriter.shares` wrote.
    mutating func shares() throws(SpecificationError) -> SavedShares {
        let version = try count()
        let named = try list { (reader) throws(SpecificationError) in
            (
                try reader.text(),
                try ModelHalf.SavedShare(
                    rows: reader.count(), columns: reader.count(), width: reader.count(), bytes: reader.blob())
            )
        }
        return SavedShares(version: version, named: Dictionary(named) { first, _ in first })
    }

    /// What `CanonicalWriter.velocities` wrote.
    mutating func velocities() throws(SpecificationError) -> [String: SavedShares.Velocity] {
        let named = try list { (reader) throws(SpecificationError) in
            let name = try reader.text()
            let rows = try reader.list { (reader) throws(SpecificationError) in
                (try reader.count(), try reader.list { (reader) throws(SpecificationError) in try reader.number() })
            }
            return (name, Dictionary(rows) { first, _ in first })
        }
        return Dictionary(named) { first, _ in first }
    }

    private mutating func number() throws(SpecificationError) -> Integer {
        let isNegative = try integer(UInt8.self) == 1
        let magnitude = Integer(bigEndian: try blob(limit: 1 << 10))
        return isNegative ? -magnitude : magnitude
    }
}

extension ModelHalf.SavedShare {
    fileprivate init(rows: Int, columns: Int, width: Int, bytes: [UInt8]) throws(SpecificationError) {
        let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
        guard !overflow, rows >= 0, columns >= 0, width == 8 || width == 16, bytes.count == count * width else {
            throw .malformed("share")
        }
        let elements = (0..<count).map { index in
            let element = bytes[index * width..<(index + 1) * width].reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
            return width == 16 ? Int128(bitPattern: element) : Int128(Int64(truncatingIfNeeded: element))
        }
        self.init(matrix: Matrix(rows: rows, columns: columns, elements: elements), width: width)
    }

    /// Big-endian, row by row.
    fileprivate var bytes: [UInt8] {
        matrix.elements.flatMap { element in
            withUnsafeBytes(of: element.bigEndian) { Array($0.suffix(width)) }
        }
    }
}
