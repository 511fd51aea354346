internal import Arithmetic
internal import Workers

/// The bases of one column of an operand, as lines need them: normalised, and tables of those that are multiplied in groups
/// or in windows.
package final class LineBases: Sendable {
    package let modulus: RadixModulus
    let bases: Bases
    let powers: [ElementBlock]

    /// - Parameters:
    ///   - residues: Units; eight make a block, and the last one is filled up by repetition.
    ///   - copies: 1, or how many times each block is raised to 2^bits, one after the other: base i of copy c is c times
    ///     raised, and all copies stand one behind the other.
    /// - Returns: nil if the work was cancelled.
    package init?(_ modulus: RadixModulus, _ residues: [Residue], copies: Int, apart bits: Int) {
        self.modulus = modulus
        let lanes = RadixModulus.lanes
        let raised = Parallel.map(count: (residues.count + lanes - 1) / lanes) { index -> [ElementBlock] in
            let first = index * lanes
            var chain = [ElementBlock(modulus, residues[first..<min(first + lanes, residues.count)])]
            chain[0].toMontgomery()
            for _ in 1..<copies {
                let next = ElementBlock(modulus, copying: chain[chain.count - 1].start)
                for _ in 0..<bits where !WorkContext.current.isCancelled { next.square() }
                chain.append(next)
            }
            return chain
        }
        guard let raised else { return nil }
        powers = (0..<copies).flatMap { copy in raised.map { $0[copy] } }
        bases = Bases(modulus, blocks: powers.map(\.memory), count: powers.count * RadixModulus.lanes)
        // Bases that were cancelled are not whole, and whoever made this might keep it.
        if WorkContext.current.isCancelled { return nil }
    }

    /// Products of all subsets of groups of bases; of each group, all with the base at `starts` where that is given.
    ///
    /// - Parameter division: Which entries are built here; nil: all.
    /// - Returns: nil if the work was cancelled.
    package func subsets(
        of groups: [[Int]], size: Int, starts: [Int]? = nil, division: TableDivision? = nil
    ) -> LineTables? {
        SubsetTables(bases, groups: groups, size: size, starts: starts, division: division).map { LineTables($0) }
    }

    /// For each base its powers -8 ... 7: of power p, the entry is p + 8.
    ///
    /// - Parameter division: Which entries are built here; nil: all.
    /// - Returns: nil if the work was cancelled.
    package func windows(of indices: [Int], division: TableDivision? = nil) -> LineTables? {
        // Of each base 1, 2, 4 and 8; and -8.
        let lanes = RadixModulus.lanes
        let chosen = stride(from: 0, to: indices.count, by: lanes).map { first in
            element(indices[first..<min(first + lanes, indices.count)])
        }
        let chains = Parallel.map(count: chosen.count) { [modulus] index -> [ElementBlock] in
            (1..<4).reduce(into: [chosen[index]]) { chain, _ in
                let next = ElementBlock(modulus, copying: chain[chain.count - 1].start)
                next.square()
                chain.append(next)
            }
        }
        guard let chains else { return nil }
        let inverses = modulus.inverses(of: chains.map { $0[3] })
        let blocks = (0..<4).flatMap { power in chains.map { $0[power] } } + inverses
        let all = Bases(modulus, blocks: blocks.map(\.memory), count: blocks.count * lanes)
        let step = chosen.count * lanes
        let groups = indices.indices.map { index in (0..<4).map { $0 * step + index } }
        let starts = indices.indices.map { 4 * step + $0 }
        return SubsetTables(all, groups: groups, size: 4, starts: starts, division: division).map { LineTables($0) }
    }

    /// Some bases as a block in Montgomery's form; further lanes repeat the first.
    private func element(_ indices: ArraySlice<Int>) -> ElementBlock {
        let block = ElementBlock(modulus)
        for lane in 0..<RadixModulus.lanes {
            let index = lane < indices.count ? indices[indices.startIndex + lane] : indices[indices.startIndex]
            let source = powers[index / RadixModulus.lanes].start
            for limb in 0..<2 * modulus.limbs {
                block.start[RadixModulus.lanes * limb + lane] =
                    source[RadixModulus.lanes * limb + index % RadixModulus.lanes]
            }
        }
        return block
    }
}

/// Tables of entries that lines multiply.
package final class LineTables: Sendable {
    let tables: SubsetTables

    init(_ tables: SubsetTables) { self.tables = tables }

    /// Lends the memory of all entries, with the bytes of each of several builders (``TableDivision``): the same for the same
    /// tables wherever they are built, whatever kernels compute. No entry may be used before every builder's bytes are there.
    package func withParts<Output, Failure: Error>(
        among count: Int, _ body: (UnsafeMutableRawBufferPointer, [Range<Int>]) throws(Failure) -> Output
    ) throws(Failure) -> Output {
        try tables.withParts(among: count, body)
    }

    /// Whether what came of a builder has the form of entries. Whether it is the right ones only computing them again would tell.
    package func hasEntries(of place: Int, among count: Int) -> Bool { tables.hasEntries(of: place, among: count) }

    /// The product of each group's entry with these indices, over all groups, to the power of `-2^bits`: in every lane.
    ///
    /// - Returns: nil where entries are no units, which those of units always are.
    package func inverseProduct(_ entries: [Int], bits: Int) -> ElementBlock? {
        let modulus = tables.modulus
        let product = BaseProduct(modulus)
        for (group, entry) in entries.enumerated() {
            product.multiply(LanePointers { _ in tables.entry(entry, of: group) })
        }
        for _ in 0..<bits { product.square() }
        guard let inverse = product.finishPlain().integers(1)[0].inverse(modulo: modulus.square) else { return nil }
        let block = ElementBlock(modulus, repeating: inverse)
        block.toMontgomery()
        return block
    }
}

/// Eight lines at a time, from the highest plane of bits to the lowest; good for one thread.
package final class LineProduct: @unchecked Sendable {  // handed from one thread to the next, never shared
    private let bases: LineBases
    private let product: BaseProduct
    private let rows: LanePointers

    package init(_ bases: LineBases) {
        self.bases = bases
        product = BaseProduct(bases.modulus)
        rows = LanePointers { _ in bases.modulus.identity }
    }

    /// Goes to the next plane: squares all lines.
    package func square() { product.square() }

    /// Multiplies each line by a base, by its index, or by entry 1 of a group of `pairs`, by -1 less the group; nil: by 1.
    package func multiply(pairs: LineTables? = nil, _ code: (_ lane: Int) -> Int?) {
        rows.fill { lane in
            guard let code = code(lane) else { return bases.modulus.identity }
            if code >= 0 { return bases.bases[code] }
            guard let pairs else { preconditionFailure("a pair without its table") }
            return pairs.tables.entry(1, of: -1 - code)
        }
        product.multiply(rows)
    }

    /// Multiplies each line by an entry of tables; nil: by 1.
    package func multiply(_ tables: LineTables, entry: (_ lane: Int) -> (group: Int, entry: Int)?) {
        rows.fill { lane in
            entry(lane).map { tables.tables.entry($0.entry, of: $0.group) } ?? bases.modulus.identity
        }
        product.multiply(rows)
    }

    /// The lines, in Montgomery's form; begins anew.
    package func finish() -> ElementBlock { product.finish() }

    /// The lines as plain residues; begins anew.
    package func finishPlain() -> ElementBlock { product.finishPlain() }
}

/// Elements in Montgomery's form by index, between blocks of different make-up.
package final class ElementStore: Sendable {
    private let modulus: RadixModulus
    private let memory: LimbBuffer
    private let identity: LimbBuffer

    /// Room for `count` elements.
    package init(_ modulus: RadixModulus, count: Int) {
        self.modulus = modulus
        memory = LimbBuffer(words: count * modulus.rowWords)
        identity = LimbBuffer(words: modulus.rowWords)
        modulus.write(modulus.radix.modulo(modulus.square), to: identity.start)
    }

    /// Keeps the first lanes of a block, each at its index. Blocks with different indices may be kept at the same time.
    package func put(_ block: ElementBlock, at indices: [Int]) {
        let rows = LaneRows(modulus)
        rows.store(block.start)
        for (lane, index) in indices.enumerated() {
            (memory.start + index * modulus.rowWords).copy(rows[lane], count: modulus.rowWords)
        }
    }

    /// The elements at eight indices as a block; 1 where there is none.
    package func block(_ index: (_ lane: Int) -> Int?) -> ElementBlock {
        let rows = LanePointers { lane in
            let row = index(lane).map { memory.start + $0 * modulus.rowWords } ?? identity.start
            return row.withPointer { UnsafePointer($0) }
        }
        let block = ElementBlock(modulus)
        modulus.gather(rows, into: block.start)
        return block
    }
}
