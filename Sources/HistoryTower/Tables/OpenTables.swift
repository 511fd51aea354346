/// The tables of a tower's large fields, opened for encoding. Each file is read from beginning to end once, to compare its hash; afterwards
/// rows are read as events name them. May be used by several threads.
public final class OpenTables: Sendable {
    let files: [TableFile]

    /// Opens and checks them; of a tower without large fields there are none, and the folder is not looked at.
    ///
    /// - Parameters:
    ///   - folder: that was given to ``HistoryTower/pretrain(_:epochs:rate:seed:budget:scratch:staleness:tables:progress:)``.
    ///   - memory: bytes for the rows of the commonest codes, which are then not read again. What comes out does not depend on it.
    /// - Throws: ``HistoryTowerError/unlearned(_:)``, ``HistoryTowerError/table(path:field:problem:)``.
    public convenience init(of tower: HistoryTower, in folder: String, memory: Int = 0) throws(HistoryTowerError) {
        try tower.demandTables()
        try self.init(learnedBy: tower, in: folder, memory: memory)
    }

    /// The same of a tower that may not have learned yet: then there are none.
    init(learnedBy tower: HistoryTower, in folder: String, memory: Int = 0) throws(HistoryTowerError) {
        var files: [TableFile] = []
        var (room, left) = (memory, tower.tables.count)
        for table in tower.tables {
            let rows = min(table.rows, max(0, room / left / (4 * table.columns)))
            files.append(try TableFile(table, in: folder, head: rows))
            room -= 4 * table.columns * rows
            left -= 1
        }
        self.files = files
        memoryBytes = memory - room
    }

    /// Bytes of rows in memory.
    public let memoryBytes: Int

    var tables: [FieldTable] { files.map(\.table) }

    /// Rows of a step while it is encoded: each once, and what is read at once as bytes and as numbers.
    static func stepBytes(_ tables: [LargeField], events: Int) -> Int {
        tables.reduce(0) { $0 + events * (12 * $1.columns + PackRows.bytesPerEvent) }
    }
}
