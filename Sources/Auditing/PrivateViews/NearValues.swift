/// Leading 128 bits of values with the frames that they came in, to find those that are close to each other.
///
/// In memory: the first ``limit`` of them; later ones are only counted.
package struct NearValues {
    package static let limit = 1 << 22

    private var keys: [(value: UInt128, frame: Int)] = []
    /// Values that came after the limit.
    package private(set) var omitted = 0

    package init() {}

    package mutating func add(_ value: UInt128, frame: Int) {
        if keys.count < Self.limit { keys.append((value, frame)) } else { omitted += 1 }
    }

    /// Frames, the earlier one first, with values that differ by at most `distance`; each pair once.
    package func pairs(within distance: UInt128) -> [(Int, Int)] {
        let sorted = keys.sorted { $0.value < $1.value }
        var seen: Set<[Int]> = []
        var pairs: [(Int, Int)] = []
        for (lower, upper) in zip(sorted, sorted.dropFirst()) where upper.value - lower.value <= distance {
            let pair = [min(lower.frame, upper.frame), max(lower.frame, upper.frame)]
            if seen.insert(pair).inserted { pairs.append((pair[0], pair[1])) }
        }
        return pairs.sorted { $0.1 < $1.1 }
    }
}
