/// Where the rows of a set of keys start, and which row comes when they are sorted by that: a radix sort.
///
/// An entry is a word: the start in its high half, the key's index in its low half.
struct RowOrder {
    private static let digitBits = 11
    let entries: [UInt64]

    /// - Parameter entries: One for each key.
    init(sorting entries: consuming [UInt64], starts: Int) {
        var sorted = entries
        var other = [UInt64](repeating: 0, count: sorted.count)
        // Least significant digit first: each pass keeps the order of the passes before it.
        for shift in stride(from: 0, to: UInt64.bitWidth - (starts - 1).leadingZeroBitCount, by: Self.digitBits) {
            Self.pass(sorted, into: &other, shift: UInt64(32 + shift))
            swap(&sorted, &other)
        }
        self.entries = sorted
    }

    static func entry(start: UInt64, index: Int) -> UInt64 { start << 32 | UInt64(index) }
    static func start(_ entry: UInt64) -> UInt32 { UInt32(entry >> 32) }
    static func index(_ entry: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: entry) }

    private static func pass(_ entries: [UInt64], into sorted: inout [UInt64], shift: UInt64) {
        let mask: UInt64 = 1 << digitBits - 1
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 1 << digitBits) { places in
            places.initialize(repeating: 0)
            for entry in entries { places[Int(entry >> shift & mask)] += 1 }
            var place = 0
            for digit in places.indices {
                let count = places[digit]
                places[digit] = place
                place += count
            }
            sorted.withUnsafeMutableBufferPointer { sorted in
                for entry in entries {
                    let digit = Int(entry >> shift & mask)
                    sorted[places[digit]] = entry
                    places[digit] += 1
                }
            }
        }
    }
}
