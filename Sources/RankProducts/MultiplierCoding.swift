internal import Arithmetic
internal import Paillier
internal import Specification

/// Multipliers as bytes: dense, by their places, or by their places with one value for all, as a one-hot field has it; whichever is shortest.
/// Values are two's complement in as few bytes as the bound allows.
extension Multipliers {
    private enum Form: UInt8 { case dense, places, equalPlaces }

    func write(to writer: inout CanonicalWriter) {
        let (count, first, areEqual) = summary
        let (place, value) = (Self.bytes(ofPlacesBelow: columns), Self.bytes(ofValuesWithin: bits))
        let form: Form =
            areEqual
            ? .equalPlaces : 4 * rows + count * (place + value) < rows * columns * value ? .places : .dense
        writer.integer(form.rawValue)
        writer.count(rows)
        writer.count(columns)
        writer.integer(UInt8(bits))
        switch form {
        case .dense: writer.raw(denseBytes(value))
        case .places, .equalPlaces:
            var bytes: [UInt8] = []
            if form == .equalPlaces { bytes.append(first ?? 1, bytes: value) }
            for row in 0..<rows {
                let stored = values.row(row).filter { $0.value != 0 }
                bytes.append(Int128(stored.count), bytes: 4)
                for element in stored {
                    bytes.append(Int128(element.column), bytes: place)
                    if form == .places { bytes.append(element.value, bytes: value) }
                }
            }
            writer.raw(bytes)
        }
    }

    /// How many are not 0; the first of them; whether all of them are like it.
    private var summary: (count: Int, first: Int128?, areEqual: Bool) {
        var (count, first, areEqual): (Int, Int128?, Bool) = (0, nil, true)
        for row in 0..<rows {
            for element in values.row(row) where element.value != 0 {
                if first == nil { first = element.value }
                if element.value != first { areEqual = false }
                count += 1
            }
        }
        return (count, first, areEqual)
    }

    private func denseBytes(_ width: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: rows * columns * width)
        bytes.withUnsafeMutableBufferPointer { bytes in
            for row in 0..<rows {
                for element in values.row(row) where element.value != 0 {
                    let start = (row * columns + element.column) * width
                    for byte in 0..<width {
                        let shift = Int128(8 * (width - 1 - byte))
                        bytes[start + byte] = UInt8(truncatingIfNeeded: element.value >> shift)
                    }
                }
            }
        }
        return bytes
    }

    /// - Throws: `SpecificationError.malformed` for anything that ``write(to:)`` does not write.
    init(from reader: inout CanonicalReader) throws(SpecificationError) {
        let code: UInt8 = try reader.integer()
        guard let form = Form(rawValue: code) else { throw .malformed("multipliers in form \(code)") }
        let (rows, columns) = (try reader.count(), try reader.count())
        let bits = Int(try reader.integer(UInt8.self))
        guard (1...127).contains(bits), columns < 1 << 32 else {
            throw .malformed("\(columns) columns of multipliers of \(bits) bits")
        }
        let (place, value) = (Self.bytes(ofPlacesBelow: columns), Self.bytes(ofValuesWithin: bits))
        let common = form == .equalPlaces ? try reader.signed(bytes: value) : nil
        // Every row has bytes of its own, so that their number is bounded by what was sent.
        let rowBytes = form == .dense ? columns * value : 4
        guard rows == 0 || rowBytes > 0, rows <= reader.remaining / max(1, rowBytes) else {
            throw .malformed("\(rows) rows of multipliers in \(reader.remaining) bytes")
        }
        var stored: [[SparseMatrix<Int128>.Place]] = []
        stored.reserveCapacity(rows)
        for _ in 0..<rows {
            var row: [SparseMatrix<Int128>.Place] = []
            switch form {
            case .dense:
                let bytes = try reader.raw(columns * value)
                for column in 0..<columns {
                    let element = Int128(bigEndian: bytes[column * value..<(column + 1) * value])
                    if element != 0 { row.append(.init(column, element)) }
                }
            case .places, .equalPlaces:
                let count = Int(try reader.integer(UInt32.self))
                let width = place + (common == nil ? value : 0)
                guard count <= columns else { throw .malformed("\(count) multipliers in \(columns) columns") }
                let bytes = try reader.raw(count * width)
                var next = 0
                for start in stride(from: 0, to: bytes.count, by: width) {
                    let column = bytes[start..<start + place].reduce(0) { $0 << 8 | Int($1) }
                    let element = common ?? Int128(bigEndian: bytes[start + place..<start + width])
                    guard column >= next, column < columns, element != 0 else {
                        throw .malformed("places of multipliers")
                    }
                    row.append(.init(column, element))
                    next = column + 1
                }
            }
            stored.append(row)
        }
        do { try self.init(wide: SparseMatrix(columns: columns, rows: stored), bits: bits) } catch {
            throw .malformed("a multiplier beyond \(bits) bits")
        }
    }

    private static func bytes(ofPlacesBelow columns: Int) -> Int {
        max(1, (Int.bitWidth - max(0, columns - 1).leadingZeroBitCount + 7) / 8)
    }

    /// With the sign.
    private static func bytes(ofValuesWithin bits: Int) -> Int { bits / 8 + 1 }
}

extension [UInt8] {
    fileprivate mutating func append(_ value: Int128, bytes: Int) {
        for byte in (0..<bytes).reversed() { append(UInt8(truncatingIfNeeded: value >> Int128(8 * byte))) }
    }
}

extension Int128 {
    /// Two's complement, most significant byte first.
    fileprivate init(bigEndian bytes: ArraySlice<UInt8>) {
        let isNegative = bytes.first.map { $0 >= 0x80 } ?? false
        self = bytes.reduce(isNegative ? -1 : 0) { $0 << 8 | Int128($1) }
    }
}

extension CanonicalReader {
    fileprivate mutating func signed(bytes: Int) throws(SpecificationError) -> Int128 {
        Int128(bigEndian: try raw(bytes)[...])
    }
}
