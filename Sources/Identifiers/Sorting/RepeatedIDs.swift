/// What becomes of rows whose id an earlier row has.
public enum DuplicatePolicy: String, Codable, Sendable, CaseIterable {
    /// There are no ids while there are such rows.
    case refuse
    /// The first row with an id has it; the others are left out and counted.
    case first
}

/// Finds repeated ids in an ascending sequence of records.
struct RepeatedIDs {
    /// How many pairs of rows a report names.
    private static let namedLimit = 5

    /// How many records had the hash of the one before.
    private(set) var count = 0
    /// The pairs with the lowest repeating rows, these ascending.
    private(set) var named: [RepeatedRows] = []
    private var current: IDRecord?

    /// Whether the record's hash is another than that of the one before, which lies before it or at it.
    mutating func isNew(_ record: IDRecord) -> Bool {
        guard let current, current.hash == record.hash else {
            current = record
            return true
        }
        count += 1
        // Rows were numbers when they came in.
        name(RepeatedRows(first: current.row ?? 0, again: record.row ?? 0))
        return false
    }

    private mutating func name(_ rows: RepeatedRows) {
        if named.count == Self.namedLimit, let last = named.last, last.again < rows.again { return }
        let place = named.firstIndex { rows.again < $0.again } ?? named.endIndex
        named.insert(rows, at: place)
        if named.count > Self.namedLimit { named.removeLast() }
    }

    /// Refuses repeated ids where the policy does.
    func check(_ policy: DuplicatePolicy) throws(IdentifiersError) {
        if policy == .refuse, count > 0 { throw .repeated(count: count, rows: named) }
    }
}
