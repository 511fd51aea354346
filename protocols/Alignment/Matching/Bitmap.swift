/// One bit a position, the lowest bit of the first byte first.
enum Bitmap {
    static func encode(_ positions: [Int], count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (count + 7) / 8)
        for position in positions { bytes[position / 8] |= 1 << UInt8(position % 8) }
        return bytes
    }

    /// Different positions below `count`, ascending.
    static func ascending(_ positions: [Int], count: Int) -> [Int] { decode(encode(positions, count: count)) }

    /// The positions whose bit is set, those behind the last position included.
    static func decode(_ bytes: [UInt8]) -> [Int] {
        (0..<8 * bytes.count).filter { bytes[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
    }
}
