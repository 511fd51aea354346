/// Where a sample of a given size ends: its ids are those whose second words are lowest, and of equal ones the first in the order of
/// hashes.
///
///     var cut = SampleCut(count)
///     while !cut.isFound { count every hash, then narrow }
///     take those hashes that it takes, asked in ascending order
///
/// Radix selection: a pass counts the words of a range by their leading bits, and the one bin in which the sample ends is the next
/// range. Memory is the same for any number of ids. A pass decides 12 bits, so a thousand hashes take one or two passes, ten million
/// two or three, and the worst words there can be take six.
struct SampleCut {
    private static let digitBits = 12

    /// The lowest word of the range. Ids with a lower one belong to the sample.
    private var word: UInt64 = 0
    /// The words of the range agree in all but so many last bits.
    private var rangeBits = UInt64.bitWidth
    /// How many ids of the range belong to the sample too.
    private var missing: Int
    /// How many ids each part of the range has: 32 KiB.
    private var counts = [Int](repeating: 0, count: 1 << digitBits)

    /// - Parameter count: The size of the sample, less than the number of ids.
    init(_ count: Int) { missing = count }

    /// Whether ids can be told apart: the sample ends before the range, or among ids with its only word.
    var isFound: Bool { missing == 0 || rangeBits == 0 }

    /// How many last bits of words in one part of the range differ.
    private var partBits: Int { max(0, rangeBits - Self.digitBits) }

    /// Counts an id where its word is in the range.
    mutating func count(_ hash: IDHash) {
        let offset = hash.second &- word
        if offset >> rangeBits == 0 { counts[Int(truncatingIfNeeded: offset >> partBits)] += 1 }
    }

    /// Narrows the range, after a pass over all ids, to the part in which the sample ends.
    ///
    /// - Returns: Whether there is one: not where ids have gone since an earlier pass.
    mutating func narrow() -> Bool {
        for (part, count) in counts.enumerated() {
            guard missing >= count else {
                word += UInt64(part) << partBits
                rangeBits = partBits
                for part in counts.indices { counts[part] = 0 }
                return true
            }
            missing -= count
        }
        return false
    }

    /// Whether an id belongs to the sample.
    mutating func takes(_ hash: IDHash) -> Bool {
        if hash.second != word { return hash.second < word }
        if missing == 0 { return false }
        missing -= 1
        return true
    }
}
