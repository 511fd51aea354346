/// Writes numbers in little-endian order.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ blob: [UInt8]) {
        put(UInt32(blob.count))
        bytes.append(contentsOf: blob)
    }

    mutating func put(_ pages: [UInt32]) {
        put(UInt32(pages.count))
        for page in pages { put(page) }
    }
}

/// Reads what ``ByteWriter`` wrote; nil where the bytes end before.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private var place: Int

    init(_ bytes: ArraySlice<UInt8>) { (self.bytes, place) = (bytes, bytes.startIndex) }

    var isAtEnd: Bool { place == bytes.endIndex }

    mutating func number<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number? {
        guard let slice = take(MemoryLayout<Number>.size) else { return nil }
        return Number(littleEndian: slice.withUnsafeBytes { $0.loadUnaligned(as: Number.self) })
    }

    mutating func blob() -> [UInt8]? { number(UInt32.self).flatMap { take(Int($0)) }.map { Array($0) } }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= bytes.endIndex - place else { return nil }
        defer { place += count }
        return bytes[place..<place + count]
    }

    mutating func pages() -> [UInt32]? {
        guard let count = number(UInt32.self), let slice = take(4 * Int(count)) else { return nil }
        return slice.withUnsafeBytes { buffer in
            (0..<Int(count)).map { UInt32(littleEndian: buffer.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)) }
        }
    }
}
