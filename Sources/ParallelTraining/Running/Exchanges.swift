internal import Ranks
internal import StaticExecution

/// What a rank spends on its exchanges with others: seconds, waiting included, and bytes of what it hands over.
final class Meter {
    enum Kind: CaseIterable {
        /// Partial products summed over the ranks that share a layer.
        case tensorSums
        /// Sharded parameters gathered, and their gradients summed and scattered.
        case shards
        /// Gradients summed over data ranks.
        case gradients
        /// Rows that move from one segment to the next, or back.
        case crossings
        /// Losses and gradients' lengths.
        case agreements
    }

    private(set) var seconds: [Kind: Double] = [:]
    private(set) var bytes: [Kind: Int] = [:]

    func measure(_ kind: Kind, bytes count: Int, _ exchange: () throws -> Void) rethrows {
        let clock = ContinuousClock()
        let begin = clock.now
        try exchange()
        seconds[kind, default: 0] += begin.duration(to: clock.now).inSeconds
        bytes[kind, default: 0] += count
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + 1e-18 * Double(components.attoseconds) }
}

/// Sums of partial products over the ranks that share a layer.
final class MeteredSum: TensorSum {
    private let group: any Collectives
    private let meter: Meter

    init(_ group: any Collectives, _ meter: Meter) { (self.group, self.meter) = (group, meter) }

    func sum(_ values: UnsafeMutableBufferPointer<Float>) throws {
        try meter.measure(.tensorSums, bytes: 4 * values.count) { try group.allReduce(values) }
    }
}

/// Groups among a rank's fellows, each made once.
final class RankGroups {
    private let ranks: any Collectives
    private var groups: [[Int]: any Collectives] = [:]

    init(_ ranks: any Collectives) { self.ranks = ranks }

    /// `nil` of one rank, which has nobody to talk to.
    func group(of members: [Int]) throws(RankError) -> (any Collectives)? {
        guard members.count > 1 else { return nil }
        if let group = groups[members] { return group }
        let group = try ranks.group(of: members)
        groups[members] = group
        return group
    }
}

extension Collectives {
    /// Every rank's numbers, in the order of the ranks; as many at each.
    func gather(_ numbers: [Double]) throws(RankError) -> [[Double]] {
        // Sent as pairs of Float32, which nobody computes with.
        let own = numbers.flatMap { number in
            [UInt32(truncatingIfNeeded: number.bitPattern >> 32), UInt32(truncatingIfNeeded: number.bitPattern)]
        }.map { Float(bitPattern: $0) }
        var all = Array(repeating: Float(0), count: own.count * count)
        try own.withUnsafeBufferPointer { (own) throws(RankError) in
            try all.withUnsafeMutableBufferPointer { (all) throws(RankError) in try allGather(own, into: all) }
        }
        return (0..<count).map { rank in
            numbers.indices.map { place in
                let first = 2 * (rank * numbers.count + place)
                return Double(
                    bitPattern: UInt64(all[first].bitPattern) << 32 | UInt64(all[first + 1].bitPattern))
            }
        }
    }
}
