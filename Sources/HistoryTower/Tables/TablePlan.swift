internal import OutOfCore

/// How much of large fields' tables is in memory while they are learned, within a budget.
struct TablePlan: Sendable {
    /// Of each table, the budget of its pages.
    let budgets: [Int]
    /// Bytes in memory: pages, what is known of them, and rows of a step.
    let bytes: Int
    /// Bytes on the disk; a table that is in memory as a whole has none there.
    let diskBytes: Int

    /// How much of each table is in memory at least.
    enum Share {
        /// Pages for two steps, or all.
        case working
        /// Some pages, with which a step waits for the disk.
        case least
        /// All of it, where there is no disk.
        case whole
    }

    /// Large enough for the rows of any width, and small, for a step needs few rows of most pages.
    static let pageBytes = 1 << 14

    private static let leastPages = 64

    /// What tables take at least.
    static func leastBytes(_ tables: [LargeField], events: Int, _ share: Share) -> Int {
        tables.reduce(0) { $0 + pages($1, events, share) + stepBytes($1, events) }
    }

    /// What tables that are not in memory take on the disk.
    static func diskBytes(_ tables: [LargeField]) -> Int { tables.reduce(0) { $0 + onDisk($1) } }

    /// Gives each table its share, and of what a budget leaves an equal part, or as much as it needs.
    ///
    /// - Parameter budget: ``leastBytes(_:events:_:)`` at least.
    init(_ tables: [LargeField], events: Int, _ share: Share, budget: Int) {
        let steps = tables.reduce(0) { $0 + Self.stepBytes($1, events) }
        var (budgets, disk) = (tables.map { Self.pages($0, events, share) }, 0)
        var room = budget - steps - budgets.reduce(0, +)
        let order = tables.indices.sorted { (tables[$0].rows, $0) < (tables[$1].rows, $1) }
        for (place, table) in order.enumerated() {
            let all = Self.pages(tables[table], events, .whole)
            let more = min(all - budgets[table], room / (order.count - place))
            budgets[table] += more
            room -= more
            if budgets[table] < all { disk += Self.onDisk(tables[table]) }
        }
        self.budgets = budgets
        (bytes, diskBytes) = (tables.isEmpty ? 0 : steps + budgets.reduce(0, +), disk)
    }

    private static func pages(_ table: LargeField, _ events: Int, _ share: Share) -> Int {
        let pages =
            switch share {
            case .working: 2 * events
            case .least: leastPages
            case .whole: Int.max
            }
        return PagedTable.memoryBytes(
            rows: table.rows, columns: table.columns, pages: pages, pageBytes: pageBytes)
    }

    private static func onDisk(_ table: LargeField) -> Int {
        PagedTable.diskBytes(rows: table.rows, columns: table.columns, pageBytes: pageBytes)
    }

    /// Rows of a step, there and back, and what the table makes of them.
    private static func stepBytes(_ table: LargeField, _ events: Int) -> Int {
        events * (8 * table.columns + 2 * PackRows.bytesPerEvent)
    }
}
