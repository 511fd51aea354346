internal import Specification

/// Hashes cut to one length of 8 to 16 bytes, ascending, and where each of them stood before.
struct SortedTags {
    /// A tag as two numbers, big-endian; the second holds what does not fit into the first.
    private struct Entry {
        var high: UInt64
        var low: UInt64
        var place: Int32

        func precedes(_ other: Entry) -> Bool { high != other.high ? high < other.high : low < other.low }
    }

    private let size: Int
    private var entries: [Entry]

    /// Sorts tags that stand one after the other. A place is where a tag stood before.
    init(sorting tags: [UInt8], size: Int) {
        self.size = size
        let unsorted = Self.entries(tags, size: size)
        entries = unsorted
        guard unsorted.count > 1 else { return }
        // Hashes spread evenly: by their leading bits each is within a few positions of its own, the rest is insertion.
        let bits = Int.bitWidth - (unsorted.count - 1).leadingZeroBitCount
        let shift = UInt64(64 - bits)
        var starts = [Int32](repeating: 0, count: 1 << bits + 1)
        unsorted.withUnsafeBufferPointer { unsorted in
            starts.withUnsafeMutableBufferPointer { starts in
                for entry in unsorted { starts[Int(truncatingIfNeeded: entry.high &>> shift) + 1] += 1 }
                for index in 1..<starts.count { starts[index] += starts[index - 1] }
                entries.withUnsafeMutableBufferPointer { sorted in
                    for entry in unsorted {
                        let bucket = Int(truncatingIfNeeded: entry.high &>> shift)
                        sorted[Int(starts[bucket])] = entry
                        starts[bucket] += 1
                    }
                    // Not hashes, then, but a partner's idea of them.
                    guard (1..<starts.count).allSatisfy({ starts[$0] - starts[$0 - 1] <= 64 }) else {
                        return sorted.sort { $0.precedes($1) }
                    }
                    for index in 1..<sorted.count {
                        let entry = sorted[index]
                        var place = index
                        while place > 0, entry.precedes(sorted[place - 1]) {
                            sorted[place] = sorted[place - 1]
                            place -= 1
                        }
                        sorted[place] = entry
                    }
                }
            }
        }
    }

    /// Tags as they came, each in its place.
    ///
    /// - Throws: ``Disorder`` unless they ascend, each once.
    init(ascending tags: [UInt8], size: Int) throws(Disorder) {
        self.size = size
        entries = Self.entries(tags, size: size)
        for index in entries.indices.dropFirst() where !entries[index - 1].precedes(entries[index]) {
            throw Disorder(index: index)
        }
    }

    /// The first tag that is not above the one before it.
    struct Disorder: Error {
        let index: Int
    }

    /// Where the tag at a position stood before sorting.
    func place(_ position: Int) -> Int { Int(entries[position].place) }

    /// The position of the first tag that stands there twice.
    var firstRepetition: Int? {
        entries.indices.dropFirst().first { !entries[$0 - 1].precedes(entries[$0]) }
    }

    /// The tags, one after the other.
    var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: size * entries.count) { bytes, count in
            for (index, entry) in entries.enumerated() {
                withUnsafeBytes(of: (entry.high.bigEndian, entry.low.bigEndian)) { tag in
                    for offset in 0..<size { bytes[size * index + offset] = tag[offset] }
                }
            }
            count = size * entries.count
        }
    }

    /// The pairs of positions at which two lists have the same tag, ascending.
    static func matches(_ left: SortedTags, _ right: SortedTags) -> [(left: Int, right: Int)] {
        var pairs: [(left: Int, right: Int)] = []
        var (i, j) = (0, 0)
        while i < left.entries.count, j < right.entries.count {
            let (a, b) = (left.entries[i], right.entries[j])
            if a.precedes(b) {
                i += 1
            } else if b.precedes(a) {
                j += 1
            } else {
                pairs.append((i, j))
                i += 1
                j += 1
            }
        }
        return pairs
    }

    private static func entries(_ tags: [UInt8], size: Int) -> [Entry] {
        precondition((8...16).contains(size) && tags.count % size == 0, "tags of 8 to 16 bytes")
        return tags.withUnsafeBytes { tags in
            (0..<tags.count / size).map { index in
                let start = size * index
                let high = tags.loadUnaligned(fromByteOffset: start, as: UInt64.self).bigEndian
                var low: UInt64 = 0
                for offset in 8..<16 {
                    low = low << 8 | (offset < size ? UInt64(tags[start + offset]) : 0)
                }
                return Entry(high: high, low: low, place: Int32(index))
            }
        }
    }
}
