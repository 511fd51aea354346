internal import Arithmetic

/// Pairs of columns of ones that stand side by side in many rows, as two categorical fields do: the product of their bases is
/// computed once and serves all those rows.
struct UnitPairs: Sendable {
    /// Bases of each pair, by their columns.
    private(set) var list: [(first: Int, second: Int)] = []
    /// By `first * columns + second`; -1 where there is none.
    private var indices: [Int32]
    private let columns: Int

    /// Columns beyond which nobody looks for pairs.
    private static let mostColumns = 1024

    /// - Returns: nil where pairs are too many to be worth it.
    init?(_ multipliers: Multipliers, _ plan: ProductPlan) {
        columns = plan.kinds.count
        guard !plan.joinsEarly, columns <= Self.mostColumns else { return nil }
        indices = .init(repeating: -1, count: columns * columns)
        var uses = 0
        for row in 0..<multipliers.rows {
            plan.eachPair(in: multipliers.values.row(row)) { first, second, _ in
                uses += 1
                let place = first * columns + second
                if indices[place] < 0 {
                    indices[place] = Int32(list.count)
                    list.append((first, second))
                }
            }
        }
        // Each use saves one multiplication; a third of them must be left over for looking pairs up.
        guard Double(list.count) * ProductPlan.entryInMultiplications < 0.7 * Double(uses) else { return nil }
    }

    /// The place in ``list`` of a pair of columns.
    func index(_ first: Int, _ second: Int) -> Int32 { indices[first * columns + second] }
}

extension ProductPlan {
    /// What a row multiplies once, with the bit at which: bases by their index among all, and pairs by -1 less theirs.
    func eachUnit(
        in row: ArraySlice<SparseMatrix<Int128>.Place>, copy: Int, _ bases: BaseIndices, _ pairs: UnitPairs?,
        _ body: (_ bit: Int, _ code: Int32) -> Void
    ) {
        func single(_ column: Int, _ bit: Int) { body(bit, Int32(bases.all(copy, column))) }
        eachPair(in: row, single: single) { first, second, bit in
            if let pairs { return body(bit, -1 - pairs.index(first, second)) }
            single(first, bit)
            single(second, bit)
        }
    }

    /// The columns of ones of a row, two by two: neighbours with the same bit, each in one pair at most.
    fileprivate func eachPair(
        in row: ArraySlice<SparseMatrix<Int128>.Place>, single: (_ column: Int, _ bit: Int) -> Void = { _, _ in },
        _ body: (_ first: Int, _ second: Int, _ bit: Int) -> Void
    ) {
        var waiting: (column: Int, bit: Int)?
        for place in row where place.value != 0 {
            guard case .unit(let bit) = kinds[place.column] else { continue }
            if let first = waiting, first.bit == bit {
                body(first.column, place.column, bit)
                waiting = nil
            } else {
                if let first = waiting { single(first.column, first.bit) }
                waiting = (place.column, bit)
            }
        }
        if let first = waiting { single(first.column, first.bit) }
    }
}
