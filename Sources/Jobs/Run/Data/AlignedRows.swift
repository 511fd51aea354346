/// A party's rows in the common order, as alignment found them.
struct AlignedRows: Hashable, Sendable {
    /// Rows of the party's table; `nil` where it has none, and all parties know no more than that there is a row: see `Job.Result`.
    let rows: [Int?]

    var count: Int { rows.count }

    /// Positions at which this party has no row.
    var absent: [Int] { rows.indices.filter { rows[$0] == nil } }

    /// Its rows at some positions, those that it has.
    func rows(at positions: some Sequence<Int>) -> [Int] { positions.compactMap { rows[$0] } }
}
