/// Counters over all payloads of one step on one link: how often each byte stands at each place, and how words differ from their
/// neighbours. Some 100 KB, however many payloads there are.
package struct WordStatistics {
    /// Places of bytes are counted modulo 16, so that shares of 64 and of 128 bits have each of their bytes apart.
    private static let places = 16
    private static let values = 256
    private static let wordBytes = 8
    /// Words of the payload before that are kept for comparison.
    private static let kept = 4096

    /// What a word is subtracted from another one for: masks that serve twice leave a difference of what they hide.
    private enum Neighbour: Int, CaseIterable {
        case next, nextButOne, samePlaceBefore

        var name: String {
            switch self {
            case .next: "words next to each other"
            case .nextButOne: "every other word"
            case .samePlaceBefore: "words at the same place of successive frames"
            }
        }
    }

    package private(set) var payloads = 0
    package private(set) var bytes = 0
    /// By place and value.
    private var single = [Int](repeating: 0, count: places * values)
    /// By neighbour, place in the word and value.
    private var differences = [Int](repeating: 0, count: Neighbour.allCases.count * wordBytes * values)
    private var before: [UInt64] = []

    package init() {}

    /// Counts a payload.
    ///
    /// - Returns: its words, big-endian as shares are; the bytes behind the last whole one are counted by themselves only.
    package mutating func add(_ payload: [UInt8]) -> [UInt64] {
        payloads += 1
        bytes += payload.count
        for (index, byte) in payload.enumerated() { single[index % Self.places * Self.values + Int(byte)] += 1 }
        let words = payload.withUnsafeBytes { bytes in
            (0..<bytes.count / Self.wordBytes).map {
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: $0 * Self.wordBytes, as: UInt64.self))
            }
        }
        for index in words.indices.dropFirst() { count(words[index] &- words[index - 1], .next) }
        for index in words.indices.dropFirst(2) { count(words[index] &- words[index - 2], .nextButOne) }
        for (word, earlier) in zip(words, before) { count(word &- earlier, .samePlaceBefore) }
        before = Array(words.prefix(Self.kept))
        return words
    }

    private mutating func count(_ difference: UInt64, _ neighbour: Neighbour) {
        for place in 0..<Self.wordBytes {
            let byte = UInt8(truncatingIfNeeded: difference >> (8 * (Self.wordBytes - 1 - place)))
            differences[(neighbour.rawValue * Self.wordBytes + place) * Self.values + Int(byte)] += 1
        }
    }

    /// What was tested, and the logarithm of the chance that uniform bits look as odd.
    package struct Test {
        package let subject: String
        package let logChance: Double
    }

    /// Each is sound by itself: given all earlier words, a uniform one is uniform, and so is its difference from any of them.
    package var tests: [Test] {
        var tests: [Test] = []
        for place in 0..<Self.places {
            let counts = single[place * Self.values..<(place + 1) * Self.values]
            tests.append(Test(subject: "bytes at place \(place) of 16", logChance: TailBound.equalCells(counts)))
            let total = counts.reduce(0, +)
            for bit in 0..<8 {
                let ones = counts.enumerated().reduce(0) { $0 + ($1.offset >> bit & 1) * $1.element }
                tests.append(
                    Test(
                        subject: "bit \(bit) of bytes at place \(place) of 16",
                        logChance: TailBound.fairBits(ones: ones, of: total)))
            }
        }
        for neighbour in Neighbour.allCases {
            for place in 0..<Self.wordBytes {
                let start = (neighbour.rawValue * Self.wordBytes + place) * Self.values
                tests.append(
                    Test(
                        subject: "byte \(place) of the differences of \(neighbour.name)",
                        logChance: TailBound.equalCells(differences[start..<start + Self.values])))
            }
        }
        return tests
    }
}
