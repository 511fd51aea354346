/// Secret scalars as a ladder takes them, for eight points at a time: bit by bit, the highest first. Wiped when the last reference
/// goes.
///
/// A row has a byte for each step, of which bit i is for point i of eight: what `multiply` in `CCurve25519.h` calls `bits`. So no
/// kernel has to look a bit up.
package final class LadderBits: Sendable {
    /// Steps of the ladder: bits of a scalar.
    let steps: Int
    /// Little-endian, 32 bytes each, eights of them: one eight of equal ones, or a number for each point and zeros at the end.
    private let numbers: SecretBytes
    private let isShared: Bool

    private static let lanes = 8
    private static let numberBytes = 32

    /// The `steps` low bits of one number of 32 bytes for all points.
    package convenience init(_ number: SecretBytes, steps: Int) {
        self.init([SecretBytes](repeating: number, count: LadderBits.lanes), steps: steps, isShared: true)
    }

    /// The `steps` low bits of a number of 32 bytes for each point.
    package convenience init(each numbers: [SecretBytes], steps: Int) {
        self.init(numbers, steps: steps, isShared: false)
    }

    private init(_ numbers: [SecretBytes], steps: Int, isShared: Bool) {
        (self.steps, self.isShared) = (steps, isShared)
        let eights = (numbers.count + LadderBits.lanes - 1) / LadderBits.lanes
        self.numbers = SecretBytes(count: eights * LadderBits.lanes * LadderBits.numberBytes) { all in
            for (place, number) in numbers.enumerated() {
                number.withUnsafeBytes { number in
                    precondition(number.count == LadderBits.numberBytes, "A scalar has 32 bytes.")
                    UnsafeMutableRawBufferPointer(rebasing: all[(place * number.count)...]).copyMemory(from: number)
                }
            }
        }
    }

    /// Lends the rows of some points, the first of which is the first of an eight; wipes them afterwards.
    ///
    /// - Parameter body: Its `stride` says how many bytes it is from a row to that of the next eight points: 0 if it is the same.
    func withRows(of points: Range<Int>, _ body: (_ rows: UnsafePointer<UInt8>, _ stride: Int) -> Void) {
        let first = isShared ? 0 : points.lowerBound / LadderBits.lanes
        let count = isShared ? 1 : (points.count + LadderBits.lanes - 1) / LadderBits.lanes
        let rows = SecretBytes(count: count * steps) { rows in
            numbers.withUnsafeBytes { numbers in
                let bytes = LadderBits.lanes * LadderBits.numberBytes
                for eight in 0..<count {
                    let numbers = numbers[(first + eight) * bytes..<(first + eight + 1) * bytes]
                    let row = rows[eight * steps..<(eight + 1) * steps]
                    LadderBits.fill(
                        UnsafeMutableRawBufferPointer(rebasing: row), from: UnsafeRawBufferPointer(rebasing: numbers))
                }
            }
        }
        rows.withUnsafeBytes {
            guard let start = $0.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
            body(start, isShared ? 0 : steps)
        }
    }

    /// A row out of the low bits of eight numbers.
    private static func fill(_ row: UnsafeMutableRawBufferPointer, from numbers: UnsafeRawBufferPointer) {
        for byte in 0..<numberBytes {
            var square: UInt64 = 0
            for lane in 0..<lanes { square |= UInt64(numbers[lane * numberBytes + byte]) &<< UInt64(8 * lane) }
            let bits = transposed(square)
            for bit in 0..<8 where 8 * byte + bit < row.count {
                row[row.count - 1 - 8 * byte - bit] = UInt8(truncatingIfNeeded: bits &>> UInt64(8 * bit))
            }
        }
    }

    /// Bit j of byte i goes to bit i of byte j (Warren, Hacker's Delight, section 7-3).
    private static func transposed(_ square: UInt64) -> UInt64 {
        var square = square
        for (distance, mask) in [
            (7, 0x00AA_00AA_00AA_00AA), (14, 0x0000_CCCC_0000_CCCC), (28, 0x0000_0000_F0F0_F0F0),
        ] as [(UInt64, UInt64)] {
            let exchanged = (square ^ square &>> distance) & mask
            square ^= exchanged ^ exchanged &<< distance
        }
        return square
    }
}
