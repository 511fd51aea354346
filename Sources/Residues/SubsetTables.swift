internal import Workers

/// For each of several groups of bases, the products of all their subsets: bit i of an entry's index says whether base i of
/// the group is in. In normalised form: an entry is its a, then its lambda.
///
/// Serves the Four Russians' method over columns of bases, where one table serves every row and every bit (Arlazarov,
/// Dinic, Kronrod and Faradzhev, Soviet Mathematics Doklady 11, 1970), fixed-base combs, and windows of one base (whose
/// "bases" are its powers 1, 2, 4, 8).
final class SubsetTables: Sendable {
    let modulus: RadixModulus
    /// Entries of one group.
    let entries: Int
    private let memory: LimbBuffer

    /// Tables for groups of at most `size` bases, by their indices. An entry without any base is the group's start, or 1.
    ///
    /// - Parameter starts: For each group the index of the base that all its entries begin with; nil for 1.
    /// - Returns: nil if the work was cancelled.
    init?(_ bases: Bases, groups: [[Int]], size: Int, starts: [Int]? = nil) {
        let modulus = bases.modulus
        self.modulus = modulus
        entries = 1 << size
        // Sums of lambdas read whole vectors, past the last entry's end.
        memory = LimbBuffer(words: groups.count * entries * modulus.rowWords + RadixModulus.lanes)
        // Eight groups at a time; and of their tables, parts that differ in which of the last bases are in. Each part is built by
        // itself, so no core waits for another.
        let batches = (groups.count + RadixModulus.lanes - 1) / RadixModulus.lanes
        let last = (0..<max(1, size - 1)).first { batches << $0 >= 4 * WorkerPool.shared.threads } ?? max(0, size - 2)
        let own = size - last
        let isComplete = WorkerPool.shared.run(count: batches << last) { [memory, entries] part in
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
                return memory.start + (group * entries + chosen << own + entry) * modulus.rowWords
            }
        }
        guard isComplete else { return nil }
    }

    /// An entry: the limbs of a, then those of lambda. They are there as long as this is.
    func entry(_ index: Int, of group: Int) -> UnsafePointer<UInt64> {
        (memory.start + (group * entries + index) * modulus.rowWords).withPointer { UnsafePointer($0) }
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
