/// The place where the threads of one group meet: each lays its memory open to all, each does its share, and all leave together.
final class ThreadMeeting: @unchecked Sendable {  // everything that changes is used under the lock of `fate` only
    /// What a thread brings to a collective.
    struct Offer {
        /// The name of the collective with what all ranks must agree on.
        let agreement: String
        let input: UnsafeRawBufferPointer
        let output: UnsafeMutableRawBufferPointer
    }

    private struct Address: Hashable {
        let from: Int
        let to: Int
        let tag: Int
    }

    /// The places of its ranks in the whole run.
    let members: [Int]
    private let fate: ThreadFate
    private var offers: [Offer?]
    private var arrived: Set<Int> = []
    private var generation = 0
    private var mail: [Address: [[UInt8]]] = [:]
    private var groups: [[Int]: ThreadMeeting] = [:]

    init(members: [Int], fate: ThreadFate) {
        self.members = members
        self.fate = fate
        offers = Array(repeating: nil, count: members.count)
    }

    /// A collective: when all ranks are there, each works on the memory of all.
    func meet(_ rank: Int, _ offer: Offer, _ work: ([Offer]) -> Void) throws(RankError) {
        let present = try fate.locked { () throws(RankError) -> [Offer] in
            try fate.check()
            offers[rank] = offer
            try gather(rank, while: offer.agreement)
            return offers.compactMap(\.self)
        }
        let isAgreed = present.allSatisfy { $0.agreement == offer.agreement }
        if isAgreed { work(present) }
        // Nobody's memory may go while another works on it, not even after an error elsewhere; and all are past what can fail.
        try fate.locked { () throws(RankError) in gatherAgain(rank) }
        guard isAgreed else {
            let words = present.enumerated().map { "rank \($0): \($1.agreement)" }
            throw .usage("the ranks do not do the same: \(words.joined(separator: ", "))")
        }
    }

    /// Under the lock: waits until all are there, or one never will be.
    private func gather(_ rank: Int, while doing: String) throws(RankError) {
        let meeting = generation
        arrive(rank)
        while generation == meeting {
            do throws(RankError) {
                try fate.check()
                if let missing = members.indices.first(where: { !arrived.contains($0) && isGone($0) }) {
                    throw RankError.failed(
                        rank: members[missing], problem: "it ended while others wait for it in \(doing)")
                }
            } catch {
                arrived.remove(rank)
                throw error
            }
            fate.wait()
        }
    }

    /// Under the lock: waits for all, who will come.
    private func gatherAgain(_ rank: Int) {
        let meeting = generation
        arrive(rank)
        while generation == meeting { fate.wait() }
    }

    private func arrive(_ rank: Int) {
        arrived.insert(rank)
        guard arrived.count == members.count else { return }
        arrived = []
        generation += 1
        fate.signal()
    }

    private func isGone(_ rank: Int) -> Bool { fate.finished.contains(members[rank]) }

    func send(_ bytes: [UInt8], from: Int, to: Int, tag: Int) throws(RankError) {
        try fate.locked { () throws(RankError) in
            try fate.check()
            mail[Address(from: from, to: to, tag: tag), default: []].append(bytes)
            fate.signal()
        }
    }

    func receive(from: Int, to: Int, tag: Int) throws(RankError) -> [UInt8] {
        let address = Address(from: from, to: to, tag: tag)
        return try fate.locked { () throws(RankError) in
            while true {
                try fate.check()
                if let bytes = mail[address]?.first {
                    mail[address]?.removeFirst()
                    return bytes
                }
                if isGone(from) {
                    throw .failed(
                        rank: members[from], problem: "it ended while rank \(members[to]) waits for its bytes")
                }
                fate.wait()
            }
        }
    }

    /// The one meeting of these ranks.
    func group(of ranks: [Int]) throws(RankError) -> ThreadMeeting {
        try fate.locked { () throws(RankError) in
            try fate.check()
            if let group = groups[ranks] { return group }
            let group = ThreadMeeting(members: ranks.map { members[$0] }, fate: fate)
            groups[ranks] = group
            return group
        }
    }
}
