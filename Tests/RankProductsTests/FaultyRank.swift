import Ranks

/// A rank whose exchanges of tables go wrong.
final class FaultyRank: Collectives {
    enum Fault: Sendable {
        /// Of its part: every word gets bits that no limb has.
        case damages
        /// Of its part: nothing is left of it.
        case clears
        case fails
    }

    private let ranks: any Collectives
    private let fault: Fault

    init(_ ranks: any Collectives, _ fault: Fault) { (self.ranks, self.fault) = (ranks, fault) }

    var rank: Int { ranks.rank }
    var count: Int { ranks.count }

    func allGather(_ memory: UnsafeMutableRawBufferPointer, parts: [Range<Int>]) throws(RankError) {
        let own = UnsafeMutableRawBufferPointer(rebasing: memory[parts[rank]])
        switch fault {
        case .damages: for index in own.indices where index % 8 == 7 { own[index] = 0xff }
        case .clears: for index in own.indices { own[index] = 0 }
        case .fails: throw .failed(rank: rank, problem: "a disk is full")
        }
        try ranks.allGather(memory, parts: parts)
    }

    func allReduce(_ values: UnsafeMutableBufferPointer<Float>) throws(RankError) { try ranks.allReduce(values) }
    func reduceScatter(
        _ values: UnsafeBufferPointer<Float>, into part: UnsafeMutableBufferPointer<Float>
    ) throws(RankError) { try ranks.reduceScatter(values, into: part) }
    func allGather(
        _ part: UnsafeBufferPointer<Float>, into values: UnsafeMutableBufferPointer<Float>
    ) throws(RankError) { try ranks.allGather(part, into: values) }
    func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws(RankError) {
        try ranks.broadcast(bytes, from: root)
    }
    func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) throws(RankError) {
        try ranks.send(bytes, to: rank, tag: tag)
    }
    func receive(into bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int) throws(RankError) {
        try ranks.receive(into: bytes, from: rank, tag: tag)
    }
    func barrier() throws(RankError) { try ranks.barrier() }
    func group(of ranks: [Int]) throws(RankError) -> any Collectives { try self.ranks.group(of: ranks) }
}
