package import Ranks

/// Random numbers that every rank can compute for every other (SplitMix64, by Vigna).
package struct Numbers: RandomNumberGenerator {
    private var state: UInt64
    package init(seed: UInt64) { state = seed }
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// What does not come out as it should.
package struct TrialError: Error, CustomStringConvertible {
    package let description: String
}

/// All collectives with random lengths, in the whole group and in groups of it. Every rank computes what all ranks give, so that it can
/// tell by itself what it must get.
package struct CollectiveTrial {
    let seed: UInt64
    let lengths: [Int]

    package init(seed: UInt64, lengths: [Int] = [0, 1, 2, 5, 17, 1000, 4099, 70_001]) {
        self.seed = seed
        self.lengths = lengths
    }

    /// - Returns: A digest of the bits of all sums: equal at all ranks, and for every kind of ranks.
    package func run(on ranks: any Collectives) throws -> UInt64 {
        var digest: UInt64 = 14_695_981_039_346_656_037
        try run(on: ranks, salt: 0, &digest)
        // Groups: neighbours in reverse order, and every second rank; what they sum is digested by all ranks in the end.
        var own: UInt64 = 0
        if ranks.count >= 2 {
            let first = ranks.rank & ~1
            let pair = first + 1 < ranks.count ? [first + 1, first] : [first]
            let group = try ranks.group(of: pair)
            guard pair[group.rank] == ranks.rank, group.count == pair.count else {
                throw TrialError(description: "wrong place in a group")
            }
            try run(on: group, salt: UInt64(first + 1), &own)
            let second = try ranks.group(of: Array(stride(from: ranks.rank % 2, to: ranks.count, by: 2)))
            try run(on: second, salt: UInt64(ranks.rank % 2 + 1000), &own)
        }
        for part in try ranks.allGather(withUnsafeBytes(of: own) { Array($0) }) {
            for byte in part { digest = (digest ^ UInt64(byte)) &* 1_099_511_628_211 }
        }
        try ranks.barrier()
        return digest
    }

    private func run(on ranks: any Collectives, salt: UInt64, _ digest: inout UInt64) throws {
        for length in lengths {
            let salt = salt &* 1_000_003 &+ UInt64(length)
            try checkAllReduce(ranks, length, salt, &digest)
            try checkParts(ranks, length, salt)
            try checkBroadcast(ranks, length, salt)
            try checkMessages(ranks, length, salt)
        }
    }

    /// What rank `rank` gives: numbers of very different sizes, so that the order of a sum shows in its bits.
    private func values(_ rank: Int, _ length: Int, _ salt: UInt64) -> [Float] {
        var numbers = Numbers(seed: seed &+ salt &* 65_537 &+ UInt64(rank) &* 0x1_0000_0001)
        return (0..<length).map { _ in
            Float.random(in: -1...1, using: &numbers)
                * Float(sign: .plus, exponent: Int.random(in: -12...12, using: &numbers), significand: 1)
        }
    }

    /// The sums in the order of the ranks.
    private func sum(_ count: Int, _ length: Int, _ salt: UInt64) -> [Float] {
        var sum = values(0, length, salt)
        for rank in 1..<max(1, count) {
            for (index, value) in values(rank, length, salt).enumerated() { sum[index] += value }
        }
        return sum
    }

    private func expect(_ found: [Float], _ expected: [Float], _ what: String) throws {
        guard found.map(\.bitPattern) == expected.map(\.bitPattern) else {
            throw TrialError(description: "\(what) of \(expected.count) values has wrong bits")
        }
    }

    private func checkAllReduce(_ ranks: any Collectives, _ length: Int, _ salt: UInt64, _ digest: inout UInt64) throws
    {
        var found = values(ranks.rank, length, salt)
        try found.withUnsafeMutableBufferPointer { try ranks.allReduce($0) }
        try expect(found, sum(ranks.count, length, salt), "allReduce")
        for value in found { digest = (digest ^ UInt64(value.bitPattern)) &* 1_099_511_628_211 }
    }

    private func checkParts(_ ranks: any Collectives, _ length: Int, _ salt: UInt64) throws {
        let whole = values(ranks.rank, length * ranks.count, salt)
        var part = [Float](repeating: .nan, count: length)
        try whole.withUnsafeBufferPointer { whole in
            try part.withUnsafeMutableBufferPointer { try ranks.reduceScatter(whole, into: $0) }
        }
        let sums = sum(ranks.count, length * ranks.count, salt)
        try expect(part, Array(sums[ranks.rank * length..<(ranks.rank + 1) * length]), "reduceScatter")
        var gathered = [Float](repeating: .nan, count: length * ranks.count)
        try part.withUnsafeBufferPointer { part in
            try gathered.withUnsafeMutableBufferPointer { try ranks.allGather(part, into: $0) }
        }
        try expect(gathered, sums, "allGather")
        try checkUnequalParts(ranks, length, salt)
    }

    /// Rank r's part is r times as long, with a gap behind it, which nobody touches.
    private func checkUnequalParts(_ ranks: any Collectives, _ length: Int, _ salt: UInt64) throws {
        var (parts, end): ([Range<Int>], Int) = ([], 0)
        for rank in 0..<ranks.count {
            parts.append(end..<end + 4 * rank * length)
            end += 4 * rank * length + 4
        }
        var (expected, found) = ([Float](repeating: 7, count: end / 4), [Float](repeating: 7, count: end / 4))
        for (rank, part) in parts.enumerated() {
            let own = values(rank, rank * length, salt)
            for (index, value) in own.enumerated() {
                expected[part.lowerBound / 4 + index] = value
                if rank == ranks.rank { found[part.lowerBound / 4 + index] = value }
            }
        }
        try found.withUnsafeMutableBytes { try ranks.allGather($0, parts: parts) }
        try expect(found, expected, "allGather of unequal parts")
    }

    private func checkBroadcast(_ ranks: any Collectives, _ length: Int, _ salt: UInt64) throws {
        for root in Set([0, ranks.count - 1]).sorted() {
            var found = values(ranks.rank, length, salt)
            try found.withUnsafeMutableBytes { try ranks.broadcast($0, from: root) }
            try expect(found, values(root, length, salt), "broadcast")
        }
    }

    /// Round the ring, all sending first, two messages of one tag and one of another; received in another order than sent.
    private func checkMessages(_ ranks: any Collectives, _ length: Int, _ salt: UInt64) throws {
        guard ranks.count > 1 else { return }
        let (next, previous) = ((ranks.rank + 1) % ranks.count, (ranks.rank + ranks.count - 1) % ranks.count)
        for (index, tag) in [3, 3, RankTag.largest].enumerated() {
            let message = values(ranks.rank, length, salt &+ UInt64(index))
            try message.withUnsafeBytes { try ranks.send($0, to: next, tag: tag) }
        }
        for (index, tag) in [(2, RankTag.largest), (0, 3), (1, 3)] {
            var found = [Float](repeating: .nan, count: length)
            try found.withUnsafeMutableBytes { try ranks.receive(into: $0, from: previous, tag: tag) }
            try expect(found, values(previous, length, salt &+ UInt64(index)), "message \(index)")
        }
    }
}
