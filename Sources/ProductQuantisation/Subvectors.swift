/// The rows of one sub-space.
struct Subvectors {
    let rows: UnsafePointer<Float>
    let count: Int
    let stride: Int
    let width: Int

    init(_ rows: UnsafePointer<Float>, count: Int, stride: Int, width: Int) {
        (self.rows, self.count, self.stride, self.width) = (rows, count, stride, width)
    }

    subscript(i: Int) -> UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: rows + i * stride, count: width) }

    /// The distinct rows in the order in which they come first, if there are no more than `limit`.
    func distinct(atMost limit: Int) -> [Float]? {
        var seen = SeenRows(self)
        for i in 0..<count where seen.insert(i) && seen.rows.count > limit { return nil }
        return seen.rows.flatMap { Array(self[$0]) }
    }

    /// So many distinct rows, of more; the same places for every width but for repeated rows.
    func sample(_ size: Int, seed: UInt64) -> [Float] {
        var generator = SplitMix(state: seed)
        var seen = SeenRows(self)
        // A shuffle of the places, only as far as needed: what has been swapped to a place that is still to come.
        var swapped: [Int: Int] = [:]
        var i = 0
        while seen.rows.count < size && i < count {
            let other = Int.random(in: i..<count, using: &generator)
            _ = seen.insert(swapped[other] ?? other)
            swapped[other] = swapped[i] ?? i
            i += 1
        }
        return seen.rows.flatMap { Array(self[$0]) }
    }
}

/// Rows of which no two are equal, as places. Zeros of either sign are equal.
private struct SeenRows {
    private let all: Subvectors
    private var places: [Int: [Int]] = [:]
    private(set) var rows: [Int] = []

    init(_ all: Subvectors) { self.all = all }

    /// Whether a row is another one than those so far.
    mutating func insert(_ place: Int) -> Bool {
        let row = all[place]
        var hasher = Hasher()
        for element in row { hasher.combine(element) }
        let hash = hasher.finalize()
        if places[hash, default: []].contains(where: { all[$0].elementsEqual(row) }) { return false }
        places[hash, default: []].append(place)
        rows.append(place)
        return true
    }
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). Not for secrets.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
