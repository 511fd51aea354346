internal import Paillier
internal import Ranks
internal import Specification

/// Tables that a rank builds together with all others, for one product. Used by one thread.
final class RankExchange {
    private let ranks: any Collectives
    /// How long exchanges have taken, from when all were ready for them.
    private(set) var seconds = 0.0
    /// What ended an exchange.
    private(set) var error: RankError?

    init(_ ranks: any Collectives) { self.ranks = ranks }

    /// Tells all other ranks how this one stands before any of them relies on it. All ranks come to the same end.
    ///
    /// - Parameter readiness: What is to be computed; or why this rank cannot.
    /// - Returns: Why it comes to nothing; `nil`: all are ready for the same tables.
    /// - Throws: `RankError`.
    func agree(_ readiness: Readiness) throws(RankError) -> String? {
        let all = try ranks.allGather(readiness.bytes)
        if case .unable(let problem) = readiness { return problem }
        for (rank, bytes) in all.enumerated() where bytes.first != Readiness.isReady {
            return "rank \(rank) has no part of the tables: \(String(decoding: bytes.dropFirst(), as: UTF8.self))"
        }
        return all.allSatisfy { $0 == all[0] } ? nil : "the ranks are not to build the same tables"
    }

    enum Readiness {
        /// For these tables, in bytes.
        case ready([UInt8])
        /// And why.
        case unable(String)

        fileprivate static let isReady: UInt8 = 1

        fileprivate var bytes: [UInt8] {
            switch self {
            case .ready(let tables): [Self.isReady] + tables
            case .unable(let problem): [0] + problem.prefix(1000).utf8
            }
        }
    }

    private func exchange(_ memory: UnsafeMutableRawBufferPointer, _ parts: [Range<Int>]) throws(RankError) {
        // What one waits for the others is no time of the transfer.
        try ranks.barrier()
        let start = ContinuousClock.now
        try ranks.allGather(memory, parts: parts)
        seconds += (ContinuousClock.now - start) / .seconds(1)
    }

    /// How Paillier builds tables with the other ranks.
    func sharing(_ outline: ProductOutline) -> TableSharing {
        TableSharing(outline, place: ranks.rank, count: ranks.count) {
            (memory, parts) throws(PaillierError) in
            do throws(RankError) { try self.exchange(memory, parts) } catch {
                self.error = error
                throw .elsewhere("\(error)")
            }
        }
    }
}
