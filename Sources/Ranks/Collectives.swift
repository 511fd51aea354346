/// What the ranks of a group do together.
///
/// Each rank uses it by one thread at a time, and all ranks of a group call its collectives in the same order, with the same lengths.
/// Sums are taken in the order of the ranks, 0 + 1 + 2 + ..., whatever carries them: all ranks have the same bits, run for run, and
/// threads the same bits as processes.
/// An error ends the common work: whoever waits for the rank that has it is woken (threads) or ended (processes).
public protocol Collectives: AnyObject, Sendable {
    /// This rank's place in the group, from 0.
    var rank: Int { get }
    /// The number of ranks.
    var count: Int { get }

    /// Sums place by place; every rank has the same bits afterwards.
    /// - Parameter values: As many at every rank, in place.
    func allReduce(_ values: UnsafeMutableBufferPointer<Float>) throws(RankError)

    /// Sums place by place and cuts the sum into ``count`` equal parts, of which rank r gets part r.
    /// - Parameters:
    ///   - values: `count` times as many as in `part`.
    ///   - part: Receives this rank's part; apart from `values`.
    func reduceScatter(
        _ values: UnsafeBufferPointer<Float>, into part: UnsafeMutableBufferPointer<Float>) throws(RankError)

    /// Puts the equal parts of all ranks one after the other.
    /// - Parameters:
    ///   - part: This rank's; apart from `values`.
    ///   - values: `count` times as many as in `part`.
    func allGather(
        _ part: UnsafeBufferPointer<Float>, into values: UnsafeMutableBufferPointer<Float>) throws(RankError)

    /// Gives every rank all parts of some memory, of which each has one.
    /// - Parameters:
    ///   - memory: As long at every rank.
    ///   - parts: The bytes of each rank, in order: the same at every rank, and apart from each other.
    func allGather(_ memory: UnsafeMutableRawBufferPointer, parts: [Range<Int>]) throws(RankError)

    /// Gives every rank the bytes of one.
    /// - Parameter bytes: As many at every rank.
    func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws(RankError)

    /// Sends bytes to another rank without waiting for it: they are copied, and may be changed afterwards.
    /// So two ranks may send to each other first and receive then; how much is under way is the caller's to bound.
    /// - Parameters:
    ///   - rank: Not this rank itself.
    ///   - tag: From 0 to ``RankTag/largest``. Bytes of one tag arrive in the order in which they were sent.
    func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) throws(RankError)

    /// Waits for bytes of another rank.
    /// - Parameter bytes: Exactly as long as what is sent.
    func receive(into bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int) throws(RankError)

    /// Returns when all ranks have called it.
    func barrier() throws(RankError)

    /// The same among some of the ranks.
    ///
    /// Called by exactly these ranks, all with the same list. Asked for the same list again, it gives the same group.
    /// - Parameter ranks: Places in this group, each once, this rank's among them; their order is that of the new places.
    func group(of ranks: [Int]) throws(RankError) -> any Collectives
}

/// The tags of messages between two ranks.
public enum RankTag {
    /// The largest: MPI promises twice as many, of which the collectives here take some.
    public static let largest = 0x3FFF
}

extension Collectives {
    public func allGather(_ memory: UnsafeMutableRawBufferPointer, parts: [Range<Int>]) throws(RankError) {
        try CollectiveCheck.parts("allGather", parts, of: memory.count, count: count)
        for (root, part) in parts.enumerated() where !part.isEmpty {
            try broadcast(UnsafeMutableRawBufferPointer(rebasing: memory[part]), from: root)
        }
    }

    /// Every rank's bytes, in the order of the ranks; they may differ in length.
    public func allGather(_ bytes: [UInt8]) throws(RankError) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        for root in 0..<count {
            var length = UInt64(bytes.count)
            try Self.bytes(of: &length) { (buffer) throws(RankError) in try broadcast(buffer, from: root) }
            var part = root == rank ? bytes : [UInt8](repeating: 0, count: Int(length))
            try Self.bytes(of: &part) { (buffer) throws(RankError) in try broadcast(buffer, from: root) }
            parts.append(part)
        }
        return parts
    }

    private static func bytes(
        of value: inout UInt64, _ body: (UnsafeMutableRawBufferPointer) throws(RankError) -> Void
    ) throws(RankError) {
        try withUnsafeMutablePointer(to: &value) { (pointer) throws(RankError) in
            try body(UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(start: pointer, count: 1)))
        }
    }

    private static func bytes(
        of array: inout [UInt8], _ body: (UnsafeMutableRawBufferPointer) throws(RankError) -> Void
    ) throws(RankError) {
        try array.withUnsafeMutableBufferPointer { (buffer) throws(RankError) in
            try body(UnsafeMutableRawBufferPointer(buffer))
        }
    }
}

/// The checks that every kind of group makes before it sends anything.
enum CollectiveCheck {
    static func parts(_ operation: String, whole: Int, part: Int, count: Int) throws(RankError) {
        guard whole == part * count else {
            throw .usage("\(operation) of \(count) ranks: \(whole) values are not \(count) times \(part)")
        }
    }

    static func parts(_ operation: String, _ parts: [Range<Int>], of bytes: Int, count: Int) throws(RankError) {
        guard parts.count == count, parts.allSatisfy({ $0.lowerBound >= 0 && $0.upperBound <= bytes }) else {
            let ranges = parts.map { "\($0.lowerBound)..<\($0.upperBound)" }.joined(separator: ", ")
            throw .usage("\(operation) of \(count) ranks: \(ranges) are not their parts of \(bytes) bytes")
        }
    }

    static func rank(_ operation: String, _ rank: Int, count: Int) throws(RankError) {
        guard (0..<count).contains(rank) else { throw .usage("\(operation): no rank \(rank) among \(count)") }
    }

    static func message(_ operation: String, rank: Int, own: Int, count: Int, tag: Int) throws(RankError) {
        try self.rank(operation, rank, count: count)
        guard rank != own else { throw .usage("\(operation): rank \(rank) is this rank itself") }
        guard (0...RankTag.largest).contains(tag) else {
            throw .usage("\(operation): tag \(tag) is not in 0...\(RankTag.largest)")
        }
    }

    static func members(_ ranks: [Int], own: Int, count: Int) throws(RankError) -> Int {
        for rank in ranks { try self.rank("group", rank, count: count) }
        guard Set(ranks).count == ranks.count else { throw .usage("group: a rank stands twice in \(ranks)") }
        guard let place = ranks.firstIndex(of: own) else { throw .usage("group: rank \(own) is not in \(ranks)") }
        return place
    }
}
