internal import Residues

/// What is decided of a product for all of its rows: whoever computes some of them by the same outline needs the same tables.
package struct ProductOutline: Hashable, Sendable {
    let kinds: [ProductPlan.Kind]
    /// As in a plan: a power of two that all multipliers have in common, and their bits without it.
    package let (shift, bits): (Int, Int)
    /// Whether rows that share a ciphertext are joined before they are computed.
    package let joinsEarly: Bool
    /// Dense bases of a group.
    package let groupSize: Int
    /// Parts that a line's bases are dealt to.
    package let parts: Int
    /// Of all together that build the tables: so many parts of them at least are built at the same time, wherever that can be.
    package let threads: Int

    init(_ plan: ProductPlan, threads: Int) {
        self.threads = threads
        (kinds, shift, bits) = (plan.kinds, plan.shift, plan.bits)
        (joinsEarly, groupSize, parts) = (plan.joinsEarly, plan.groupSize, plan.parts)
    }

    /// Of each column of multipliers what sort it is: 0 dense, 1 sparse, and from 2 on, the bit of its ones.
    package var sorts: [UInt8] {
        kinds.map {
            switch $0 {
            case .dense: 0
            case .window: 1
            case .unit(let bit): UInt8(2 + bit)
            }
        }
    }

    /// Reads ``sorts`` and the other parts of an outline.
    ///
    /// - Returns: nil where no plan is like that.
    package init?(sorts: [UInt8], shift: Int, bits: Int, joinsEarly: Bool, groupSize: Int, parts: Int, threads: Int) {
        let (widest, mostThreads) = (127, 1 << 16)
        guard (0..<widest).contains(shift), (1...widest - shift).contains(bits),
            ProductPlan.groupSizes.contains(groupSize), ProductPlan.partCounts.contains(parts),
            sorts.allSatisfy({ $0 < 2 + bits }), (1...mostThreads).contains(threads)
        else { return nil }
        kinds = sorts.map { $0 == 0 ? .dense : $0 == 1 ? .window : .unit(bit: Int($0) - 2) }
        (self.shift, self.bits, self.joinsEarly) = (shift, bits, joinsEarly)
        (self.groupSize, self.parts, self.threads) = (groupSize, parts, threads)
    }

    /// The plan for some of the rows.
    ///
    /// - Parameter join: That of the whole product, whose rows lie so far apart.
    /// - Returns: nil where tables are not kept in one piece.
    func plan(rows: Int, join: RowJoin, entryBytes: Int) -> ProductPlan? {
        let profile = MultiplierProfile(kinds: kinds, rows: rows, bits: bits + shift, shift: shift)
        let question = ProductPlan.Question(
            multipliers: profile, join: join, uses: 1, entryBytes: entryBytes, threads: 1)
        let plan = ProductPlan(question, joinsEarly: joinsEarly, groupSize: groupSize, parts: parts)
        return plan?.passes == 1 ? plan : nil
    }
}

/// How several who compute rows of one product come by its tables: each builds a part of every table, and they give each other theirs.
///
/// What they give each other are powers of ciphertexts, and products of them: it tells nothing but what the ciphertexts tell.
package struct TableSharing {
    package let outline: ProductOutline
    let division: TableDivision
    let exchange: (UnsafeMutableRawBufferPointer, [Range<Int>]) throws(PaillierError) -> Void

    /// - Parameters:
    ///   - place: Which of them this is, of `count`.
    ///   - exchange: Given memory and the bytes in it of each of them, in order, of which this one's are there: returns when all are.
    ///     All of them call it equally often, for the same tables in the same order.
    package init(
        _ outline: ProductOutline, place: Int, count: Int,
        exchange: @escaping (UnsafeMutableRawBufferPointer, [Range<Int>]) throws(PaillierError) -> Void
    ) {
        self.outline = outline
        division = TableDivision(place: place, count: count, threads: max(count, outline.threads))
        self.exchange = exchange
    }

    /// Completes tables of which everybody has built a part.
    ///
    /// - Throws: `PaillierError.elsewhere` where what came is no part of a table, after all have what they wait for.
    func complete(_ tables: [LineTables]) throws(PaillierError) {
        for table in tables { try table.withParts(among: division.count, exchange) }
        for place in 0..<division.count where place != division.place {
            guard tables.allSatisfy({ $0.hasEntries(of: place, among: division.count) }) else {
                throw .elsewhere("part \(place) of a table is damaged: it holds numbers that no table has")
            }
        }
    }
}
