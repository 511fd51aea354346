internal import Workers

/// Ranks that are threads of one process: for tests, and where there is no MPI.
public final class ThreadRanks: Collectives {
    /// This rank's place in the group, from 0.
    public let rank: Int
    private let meeting: ThreadMeeting

    private init(_ rank: Int, in meeting: ThreadMeeting) {
        self.rank = rank
        self.meeting = meeting
    }

    /// Runs a body once for each rank, each in a thread of its own, and returns their results in order.
    ///
    /// The first error ends all: ranks that wait for others, or come to wait, throw ``RankError/failed(rank:problem:)`` there.
    /// - Throws: That first error, when all bodies have returned.
    public static func run<Output: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (any Collectives) throws -> Output
    ) throws -> [Output] {
        precondition(count >= 1, "at least one rank")
        let fate = ThreadFate()
        let meeting = ThreadMeeting(members: Array(0..<count), fate: fate)
        let context = WorkContext.current
        var outputs = [Output?](repeating: nil, count: count)
        outputs.withUnsafeMutableBufferPointer { buffer in
            // Each place is written by one thread, and read after the end of all.
            nonisolated(unsafe) let places = buffer
            for rank in 0..<count {
                startThread {
                    do {
                        places[rank] = try context.run { try body(ThreadRanks(rank, in: meeting)) }
                        fate.finish(rank, nil)
                    } catch {
                        fate.finish(rank, error)
                    }
                }
            }
            fate.waitForAll(count)
        }
        if let failure = fate.failure { throw failure.error }
        return outputs.compactMap(\.self)
    }

    /// The number of ranks.
    public var count: Int { meeting.members.count }

    public func allReduce(_ values: UnsafeMutableBufferPointer<Float>) throws(RankError) {
        let raw = UnsafeMutableRawBufferPointer(values)
        try meet("allReduce of \(values.count) values", UnsafeRawBufferPointer(raw), raw) { offers in
            // Each thread sums one stretch for all.
            let start = values.count * rank / count
            let all = offers.map { $0.output.assumingMemoryBound(to: Float.self).extracting(start...) }
                .compactMap(\.baseAddress)
            let length = values.count * (rank + 1) / count - start
            RankSum.sum(all.map { UnsafePointer($0) }, count: length, into: all)
        }
    }

    public func reduceScatter(
        _ values: UnsafeBufferPointer<Float>, into part: UnsafeMutableBufferPointer<Float>
    ) throws(RankError) {
        try CollectiveCheck.parts("reduceScatter", whole: values.count, part: part.count, count: count)
        try meet("reduceScatter of \(values.count) values", UnsafeRawBufferPointer(values), nothing) { offers in
            guard let place = part.baseAddress else { return }
            let terms = offers.compactMap { $0.input.assumingMemoryBound(to: Float.self).baseAddress }
            RankSum.sum(terms.map { $0 + part.count * rank }, count: part.count, into: [place])
        }
    }

    public func allGather(
        _ part: UnsafeBufferPointer<Float>, into values: UnsafeMutableBufferPointer<Float>
    ) throws(RankError) {
        try CollectiveCheck.parts("allGather", whole: values.count, part: part.count, count: count)
        try meet("allGather of \(part.count) values each", UnsafeRawBufferPointer(part), nothing) { offers in
            for (index, offer) in offers.enumerated() {
                UnsafeMutableRawBufferPointer(values.extracting(index * part.count..<(index + 1) * part.count))
                    .copyMemory(from: offer.input)
            }
        }
    }

    public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws(RankError) {
        try CollectiveCheck.rank("broadcast", root, count: count)
        try meet("broadcast of \(bytes.count) bytes from rank \(root)", UnsafeRawBufferPointer(bytes), nothing) {
            offers in
            if rank != root { bytes.copyMemory(from: offers[root].input) }
        }
    }

    public func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) throws(RankError) {
        try CollectiveCheck.message("send", rank: rank, own: self.rank, count: count, tag: tag)
        try meeting.send(Array(bytes), from: self.rank, to: rank, tag: tag)
    }

    public func receive(into bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int) throws(RankError) {
        try CollectiveCheck.message("receive", rank: rank, own: self.rank, count: count, tag: tag)
        let sent = try meeting.receive(from: rank, to: self.rank, tag: tag)
        guard sent.count == bytes.count else {
            throw .usage("rank \(self.rank) expects \(bytes.count) bytes of rank \(rank), which sent \(sent.count)")
        }
        bytes.copyBytes(from: sent)
    }

    public func barrier() throws(RankError) { try meet("barrier", UnsafeRawBufferPointer(nothing), nothing) { _ in } }

    public func group(of ranks: [Int]) throws(RankError) -> any Collectives {
        let place = try CollectiveCheck.members(ranks, own: rank, count: count)
        return ThreadRanks(place, in: try meeting.group(of: ranks))
    }

    private var nothing: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: nil, count: 0) }

    private func meet(
        _ agreement: String, _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer,
        _ work: ([ThreadMeeting.Offer]) -> Void
    ) throws(RankError) {
        try meeting.meet(rank, .init(agreement: agreement, input: input, output: output), work)
    }
}
