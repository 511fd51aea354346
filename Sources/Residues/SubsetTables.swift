internal import Workers

/// For each of several groups of bases, the products of all their subsets: bit i of an entry's index says whether base i of
/// the group is in. In normalised form: an entry is its a, then its lambda.
///
/// Serves the Four Russians' method over columns of bases, where one table serves every row and every bit (Arlazarov,
/// Dinic, Kronrod and Faradzhev, Soviet Mathematics Doklady 11, 1970), fixed-base combs, and windows of one base (whose
/// "bases" are its powers 1, 2, 4, 8).
final class SubsetTables: Sendable {
    let modulus: RadixModulus
    /// How entries lie in memory.
    private let layout: TableLayout
    private let memory: LimbBuffer

    /// Tables for groups of at most `size` bases, by their indices. An entry without any base is the group's start, or 1.
    ///
    /// - Parameters:
    ///   - starts: For each group the index of the base that all its entries begin with; nil for 1.
    ///   - division: nil: all entries are built here; else only those of one builder (``TableDivision``).
    /// - Returns: nil if the work was cancelled.
    init?(_ bases: Bases, groups: [[Int]], size: Int, starts: [Int]? = nil, division: TableDivision? = nil) {
        let modulus = bases.modulus
        self.modulus = modulus
        let layout = TableLayout(
            groups: groups.count, size: size, parts: 4 * (division?.threads ?? WorkerPool.shared.threads))
        self.layout = layout
        // Sums of lambdas read whole vectors, past the last entry's end.
        memory = LimbBuffer(words: layout.rows * modulus.rowWords + RadixModulus.lanes)
        let parts = division.map { layout.parts(of: $0.place, among: $0.count) } ?? 0..<layout.parts
        let (last, own) = (layout.last, layout.own)
        let isComplete = WorkerPool.shared.run(count: parts.count) { [memory] index in
            let part = parts.lowerBound + index
            let first = part >> last * RadixModulus.lanes
            let lanes = first..<min(first + RadixModulus.lanes, groups.count)
            func base(_ index: Int) -> [UnsafePointer<UInt64>] {
                lanes.map { index < groups[$0].count ? bases[groups[$0][index]] : modulus.identity }
            }
            let builder = TableBuilder(modulus, entries: 1 << own)
            builder.begin(lanes.map { group in starts.map { bases[$0[group]] } ?? modulus.identity })
            let chosen = part & (1 << last - 1)
            for bit in 0..<last where chosen >> bit & 1 == 1 { builder.multiplyFirst(by: base(own + bit)) }
            for level in 0..<own { builder.double(from: 1 << level, by: base(level)) }
            builder.store { lane, entry in
                let group = first + min(lane, lanes.count - 1)
                return memory.start + layout.row(chosen << own + entry, of: group) * modulus.rowWords
            }
        }
        guard isComplete else { return nil }
    }

    /// An entry: the limbs of a, then those of lambda. They are there as long as this is.
    func entry(_ index: Int, of group: Int) -> UnsafePointer<UInt64> {
        (memory.start + layout.row(index, of: group) * modulus.rowWords).withPointer { UnsafePointer($0) }
    }

    // MARK: - Builders that divide a table

    /// Lends the memory of all entries, with the bytes of each of several builders: the parts are filled by whoever built them, and
    /// nobody reads an entry before all are.
    func withParts<Output, Failure: Error>(
        among count: Int, _ body: (UnsafeMutableRawBufferPointer, [Range<Int>]) throws(Failure) -> Output
    ) throws(Failure) -> Output {
        let rowBytes = 8 * modulus.rowWords
        let parts = (0..<count).map { place in
            let rows = layout.rows(of: layout.parts(of: place, among: count))
            return rows.lowerBound * rowBytes..<rows.upperBound * rowBytes
        }
        defer { withExtendedLifetime(memory) {} }
        let start = memory.start.withPointer { UnsafeMutableRawPointer($0) }
        return try body(UnsafeMutableRawBufferPointer(start: start, count: layout.rows * rowBytes), parts)
    }

    /// Whether the entries of a builder have the form of entries: limbs that no kernel could have written are no numbers.
    func hasEntries(of place: Int, among count: Int) -> Bool {
        withParts(among: count) { memory, parts in
            let words = UnsafeRawBufferPointer(rebasing: memory[parts[place]]).assumingMemoryBound(to: UInt64.self)
            return words.reduce(0, |) >> UInt64(limbBits) == 0
        }
    }
}

/// Who of several builders of the same tables builds which entries.
package struct TableDivision: Hashable, Sendable {
    /// Which of them this is, from 0.
    package let place: Int
    /// How many they are.
    package let count: Int
    /// Of all together: so many parts at least can be built at the same time, where tables are large enough.
    package let threads: Int

    package init(place: Int, count: Int, threads: Int) {
        precondition((0..<count).contains(place) && threads >= count, "one of the builders, with a thread each")
        (self.place, self.count, self.threads) = (place, count, threads)
    }
}

/// Where entries lie. Groups are built eight at a time, and of their tables parts that differ in which of the last bases are in: each
/// part by itself, so that nobody waits for another. A part lies in one piece.
private struct TableLayout {
    let groups: Int
    /// Bases of a group, by whose subset parts differ; and those within a part.
    let last: Int
    let own: Int

    /// - Parameter parts: How many there should be at least.
    init(groups: Int, size: Int, parts: Int) {
        self.groups = groups
        let batches = (groups + RadixModulus.lanes - 1) / RadixModulus.lanes
        last = (0..<max(1, size - 1)).first { batches << $0 >= parts } ?? max(0, size - 2)
        own = size - last
    }

    var parts: Int { ((groups + RadixModulus.lanes - 1) / RadixModulus.lanes) << last }

    /// Entries of all groups.
    var rows: Int { groups << (last + own) }

    /// Groups that are built together with one.
    private func lanes(_ batch: Int) -> Int { min(RadixModulus.lanes, groups - batch * RadixModulus.lanes) }

    @inline(__always)
    func row(_ entry: Int, of group: Int) -> Int {
        let (batch, lane) = (group / RadixModulus.lanes, group % RadixModulus.lanes)
        let run = (entry >> own) * lanes(batch) + lane
        return (batch * RadixModulus.lanes) << (last + own) + run << own + entry & (1 << own - 1)
    }

    /// The parts of one of several builders.
    func parts(of place: Int, among count: Int) -> Range<Int> { parts * place / count..<parts * (place + 1) / count }

    /// The entries of some parts.
    func rows(of parts: Range<Int>) -> Range<Int> {
        func start(_ part: Int) -> Int {
            guard part < self.parts else { return rows }
            let batch = part >> last
            return (batch * RadixModulus.lanes) << (last + own) + (part & (1 << last - 1)) * lanes(batch) << own
        }
        return start(parts.lowerBound)..<start(parts.upperBound)
    }
}

/// Builds tables of up to eight groups, one a lane.
private final class TableBuilder {
    private let modulus: RadixModulus
    private let entries: Int
    /// Of each entry: a, lambda, 1 / a.
    private let memory: LimbBuffer
    private let base: LimbBuffer
    private let scratch: LimbBuffer
    private var entryWords: Int { 3 * modulus.upper }

    init(_ modulus: RadixModulus, entries: Int) {
        self.modulus = modulus
        self.entries = entries
        memory = LimbBuffer(words: entries * 3 * modulus.upper)
        base = LimbBuffer(words: 4 * modulus.upper)
        scratch = modulus.makeBlock()
    }

    /// Sets entry 0 in each lane; further lanes repeat the last.
    func begin(_ rows: [UnsafePointer<UInt64>]) {
        use(rows)
        memory.start.copy(base.start, count: entryWords)
    }

    /// Multiplies entry 0 by a base in each lane.
    func multiplyFirst(by rows: [UnsafePointer<UInt64>]) {
        use(rows)
        modulus.multiplyNormalised(memory.start, by: base.start, scratch, into: memory.start)
    }

    /// Entries `count ..< 2 count`: those below `count` times a base in each lane.
    func double(from count: Int, by rows: [UnsafePointer<UInt64>]) {
        use(rows)
        for entry in 0..<count {
            modulus.multiplyNormalised(
                memory.start + entry * entryWords, by: base.start, scratch,
                into: memory.start + (count + entry) * entryWords)
        }
    }

    private func use(_ rows: [UnsafePointer<UInt64>]) {
        modulus.gather(
            LanePointers { rows[min($0, rows.count - 1)] }, limbs: 4 * modulus.limbs, into: base.start)
    }

    /// Writes a and lambda of each entry where `place` says.
    func store(_ place: (_ lane: Int, _ entry: Int) -> Limbs) {
        for entry in 0..<entries {
            let places = (0..<RadixModulus.lanes).map { place($0, entry) }
            withExtendedLifetime(places) {
                modulus.scatter(memory.start + entry * entryWords, to: places.map { $0.withPointer { $0 } })
            }
        }
    }
}

extension RadixModulus {
    /// The product of two units in normalised form, lane by lane: a, lambda and 1 / a of one, the base's R^2 / a besides.
    ///
    /// With t = REDC(a b) and quotient q, a b = R t - q n, so that a (1 + n lambda) b (1 + n mu) / R is
    /// t (1 + n (lambda + mu - q / (R t))), where q / (R t) = REDC(q / t).
    ///
    /// - Parameter scratch: A block.
    func multiplyNormalised(_ entry: Limbs, by base: Limbs, _ scratch: LimbBuffer, into out: Limbs) {
        let (quotient, correction) = (scratch.start, scratch.start + upper)
        reduceProduct(out, entry, base, quotient: quotient)
        reduceProduct(out + 2 * upper, entry + 2 * upper, base + 3 * upper)
        reduceProduct(correction, quotient, out + 2 * upper)
        sum(correction, correction, zero)
        sum(out + upper, entry + upper, base + upper, minus: correction)
    }

    /// A block of ones in Montgomery's form.
    func montgomeryUnit() -> LimbBuffer {
        let block = makeBlock()
        multiply(block.start, one, radixSquared)
        return block
    }
}
