internal import Arithmetic
internal import Histories
internal import HistoryTower
internal import Preparation
internal import Scratch
internal import Synchronization

/// Histories of a party's aligned rows, ready for their encoders.
struct TowerHistories: Sendable {
    /// One of them.
    struct Part: Sendable {
        let prepared: PreparedHistory
        let events: EventHistories
        /// By place in the common order.
        let readouts: [Readout]
        /// Of fields with very many codes; opened by the first that encodes.
        let tables: KeptTables
        /// Of the entities whose events they are.
        let names: EntityNames
    }

    /// A tower's tables, opened when they are first needed and then kept open: each file is read once to compare its hash.
    final class KeptTables: Sendable {
        private let folder: String
        private let open = Mutex<OpenTables?>(nil)

        init(_ folder: String) { self.folder = folder }

        func of(_ tower: HistoryTower, memory: Int) throws -> OpenTables {
            try open.withLock { open in
                if let open { return open }
                let made = try OpenTables(of: tower, in: folder, memory: memory)
                open = made
                return made
            }
        }
    }

    let parts: [Part]
    /// Places that are not the party's.
    private let absent: Set<Int>
    /// Bytes that each encoder may take.
    let budget: Int
    /// At which each goes on learning.
    let rate: Double
    /// Where each puts away what does not fit.
    let scratch: String

    /// - Parameters:
    ///   - prepared: As they were fitted, or are saved.
    ///   - tower: As the job tells it.
    ///   - keepsEvents: Whether events may stay in memory for the next prediction.
    /// - Throws: `HistoriesError` for events that are not as they were fitted.
    init(
        _ prepared: [PreparedHistory], _ tower: Job.Tower, _ history: Job.Tower.History, _ dataset: Dataset,
        _ aligned: AlignedRows, keepsEvents: Bool
    ) throws {
        parts = try prepared.map { prepared in
            let (own, events) = try Self.own(prepared, dataset, keeps: keepsEvents)
            return Part(
                prepared: prepared, events: events,
                readouts: try own.rows.readouts(aligned), tables: KeptTables(dataset.table.space.kept),
                names: own.log.entityNames)
        }
        absent = Set(aligned.absent)
        budget = tower.share(of: history, among: prepared.count)
        rate = Double(history.rate) ?? 0
        scratch = dataset.table.space.folder
        try StateFile.makeFolder(scratch)
    }

    /// A history's events, as the party has them and as the tower sees them.
    ///
    /// - Parameter keeps: Whether they may stay in memory for the next prediction.
    private static func own(
        _ prepared: PreparedHistory, _ dataset: Dataset, keeps: Bool
    ) throws -> (OwnHistory, EventHistories) {
        guard keeps, let recent = dataset.recent else {
            let own = try OwnHistory(prepared.name, of: dataset, as: prepared.encoding)
            return (own, try prepared.encoding.histories(own.log))
        }
        let source = try dataset.history(prepared.name)
        let events = try recent.read(source, as: prepared.encoding, in: dataset.table.space)
        return (try OwnHistory(events.log, source, of: dataset), events.histories)
    }

    /// Columns that all encoders give together, with those beside their outputs.
    var columns: Int { parts.reduce(0) { $0 + $1.prepared.columnNames.count } }

    /// What encoders gave of some rows, with the columns beside it.
    ///
    /// - Parameter given: Of each part, its encoder's outputs.
    func columns(of rows: [Int], _ given: [Matrix<Double>]) -> Matrix<Double> {
        let matrices = zip(parts, given).map { part, given in
            part.prepared.columns(given, rows.map { part.readouts[$0] }) { absent.contains(rows[$0]) }
        }
        return Matrix(
            rows: rows.count, columns: columns,
            elements: rows.indices.flatMap { row in matrices.flatMap { $0.row(row) } })
    }

    /// Of each part, which of the columns are its encoder's outputs.
    var outputs: [Range<Int>] {
        var start = 0
        return parts.map { part in
            defer { start += part.prepared.columnNames.count }
            return start..<start + part.prepared.tower.shape.outputs
        }
    }

    /// Numbers that are encoded at once.
    private static let block = 1 << 20

    /// All rows as frozen encoders give them: columns of the source layer.
    ///
    /// - Parameter progress: Told of rows that are encoded, each as often as there are histories; what it throws ends the encoding.
    func frozen(
        rows: Int, in space: WorkingSpace, progress: (_ done: Int, _ of: Int) throws -> Void
    ) throws -> PreparedMatrix {
        var before = 0
        return try prepared(rows: rows, in: space) { block in
            try parts.map { part in
                defer { before += block.count }
                return try part.encode(part.prepared.tower, Array(part.readouts[block]), budget: budget) { done, of in
                    try progress(before + block.count * done / of, rows * parts.count)
                }
            }
        }
    }

    /// All rows as columns, from what `encode` gives of some of them for each part.
    func prepared(
        rows: Int, in space: WorkingSpace, _ encode: (_ block: Range<Int>) throws -> [Matrix<Double>]
    ) throws -> PreparedMatrix {
        let length = max(1, Self.block / max(1, columns))
        let blocks = stride(from: 0, to: rows, by: length).map { $0..<min($0 + length, rows) }
        return try PreparedMatrix(
            columnNames: parts.flatMap(\.prepared.columnNames), blocks: blocks, in: space
        ) { block in
            columns(of: Array(block), try encode(block))
        }
    }
}

extension TowerHistories.Part {
    /// What an encoder makes of some rows of this history.
    func encode(
        _ tower: HistoryTower, _ readouts: [Readout], budget: Int,
        progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
    ) throws -> Matrix<Double> {
        try tower.encode(
            events, readouts, budget: budget, tables: tables.of(tower, memory: budget / 4), progress: progress)
    }
}
