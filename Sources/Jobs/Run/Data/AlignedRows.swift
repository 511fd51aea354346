internal import Tables

/// A party's rows in the common order, as alignment found them: 4 bytes each.
struct AlignedRows: RandomAccessCollection, Hashable, Sendable {
    /// A row of the party's table, counted from 1; 0 where it has none, and all parties know no more than that there is a row: see
    /// `Job.Result`.
    private var places: [UInt32] = []

    init(rows: some Sequence<Int?>) { append(rows) }

    mutating func append(_ rows: some Sequence<Int?>) {
        for row in rows { places.append(row.map { UInt32($0) + 1 } ?? 0) }
    }

    var startIndex: Int { 0 }
    var endIndex: Int { places.count }

    /// The row of its table at a position; `nil` where it has none.
    subscript(position: Int) -> Int? { places[position] == 0 ? nil : Int(places[position]) - 1 }

    /// Positions at which this party has no row.
    var absent: RowNumbers { RowNumbers(places.indices.lazy.filter { places[$0] == 0 }) }

    /// Its rows at all positions, and any row, the table's first, where it has none.
    var filled: RowNumbers { RowNumbers(values: places.map { $0 == 0 ? 0 : $0 - 1 }) }

    /// Its rows at some positions, those that it has.
    func rows(at positions: some Sequence<Int>) -> RowNumbers {
        RowNumbers(values: positions.compactMap { places[$0] == 0 ? nil : places[$0] - 1 })
    }
}
