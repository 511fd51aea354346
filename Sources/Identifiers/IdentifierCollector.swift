/// Takes a table's rows one by one and gives their ids: hashed, each once, in the common order.
///
///     var collector = try IdentifierCollector(declaration, seed: seed, storage: .file(path))
///     for row in rows { try collector.add(row: row, cells: cells(row)) }
///     let identifiers = try collector.finish()
///
/// Nothing that it throws holds a cell; and nothing of an id leaves it but its hash, into a file that only its owner may read.
public struct IdentifierCollector: ~Copyable {
    /// Where the ids are kept.
    public enum Storage: Sendable {
        /// In memory, 40 bytes an id.
        case memory
        /// In a file at this path, made within a budget of memory in bytes; temporary ones lie beside it. Besides the budget there is
        /// the key of one row, which is as long as it is.
        case file(_ path: String, budget: Int = defaultBudget)
    }

    /// Bytes of memory where nothing else is asked for: 64 MiB.
    public static let defaultBudget = 1 << 26
    /// The fewest bytes of memory that do: 64 KiB.
    public static let minimumBudget = 1 << 16
    /// Progress is told every so many rows.
    private static let progressStep = 1 << 16

    private enum Destination: ~Copyable {
        case memory
        case file(IdentifierWriter)
    }

    private let hasher: IDHasher
    private let policy: DuplicatePolicy
    private let progress: ((_ rows: Int) -> Void)?
    private var header: IdentifierHeader
    private var batch = IDBatch()
    private var sorter: RecordSorter
    private let destination: Destination

    /// - Parameters:
    ///   - declaration: What the cells are, the same at all parties.
    ///   - seed: Public, 32 bytes, the same at all parties. It fixes the order.
    ///   - duplicates: What becomes of rows whose id an earlier row has.
    ///   - progress: Told now and then how many rows were taken; it must be quick.
    /// - Throws: ``IdentifiersError`` where the file cannot be made, or the budget is too small.
    public init(
        _ declaration: KeyDeclaration, seed: [UInt8], duplicates: DuplicatePolicy = .refuse, storage: Storage,
        progress: ((_ rows: Int) -> Void)? = nil
    ) throws(IdentifiersError) {
        hasher = IDHasher(declaration, seed: seed)
        policy = duplicates
        self.progress = progress
        header = IdentifierHeader(fingerprint: declaration.fingerprint, seed: seed)
        switch storage {
        case .memory:
            sorter = RecordSorter()
            destination = .memory
        case .file(let path, let budget):
            let plan = try MemoryPlan(budget: budget)
            let writer = try IdentifierWriter(path, capacity: plan.output)
            sorter = RecordSorter(capacity: plan.sorting, budget: budget, overflowPath: path + ".runs")
            destination = .file(writer)
        }
    }

    /// Takes a row.
    ///
    /// Cells of ASCII are encoded without an allocation: keep one array of cells and change its elements.
    ///
    /// - Parameters:
    ///   - row: Its number, 0 or more, each once. The lowest is the first; they need not come in order.
    ///   - cells: The bytes of its key, one cell for each column of the declaration.
    /// - Throws: ``IdentifiersError/cell(row:column:problem:)``, and the row is not taken; errors of files, after which nothing is.
    public mutating func add(row: Int, cells: [ArraySlice<UInt8>]) throws(IdentifiersError) {
        precondition(row >= 0 && row < .max, "rows are numbered from 0")
        if try hasher.append(row: row, cells: cells, to: &batch) {
            header.tally.rowBound = max(header.tally.rowBound, row + 1)
            if batch.isFull { try flush() }
        } else {
            header.tally.empty += 1
        }
        header.tally.rows += 1
        if header.tally.rows.isMultiple(of: Self.progressStep) { progress?(header.tally.rows) }
    }

    private mutating func flush() throws(IdentifiersError) {
        hasher.hash(&batch)
        for (hash, row) in zip(batch.hashes, batch.rows) { try sorter.append(IDRecord(hash, row: row)) }
        batch.removeAll()
    }

    /// The ids of all rows taken.
    ///
    /// - Throws: ``IdentifiersError/repeated(count:rows:)`` where the policy refuses repeated ids; errors of files.
    public consuming func finish() throws(IdentifiersError) -> SortedIdentifiers {
        try flush()
        progress?(header.tally.rows)
        let policy = policy
        var header = header
        var repeated = RepeatedIDs()
        switch consume destination {
        case .memory:
            let records = sorter.sorted { repeated.isNew($0) }
            try repeated.check(policy)
            header.tally.repeated = repeated.count
            return SortedIdentifiers(header, records)
        case .file(var writer):
            try sorter.forEach { record throws(IdentifiersError) in
                if repeated.isNew(record) { try writer.append(record) }
            }
            try repeated.check(policy)
            header.tally.repeated = repeated.count
            return try SortedIdentifiers(ofFileAt: writer.finish(header))
        }
    }
}

/// How a budget of memory is divided.
struct MemoryPlan {
    /// Records in the sorter.
    let sorting: Int
    /// Records in the writer.
    let output: Int

    init(budget: Int) throws(IdentifiersError) {
        let minimum = IdentifierCollector.minimumBudget
        guard budget >= minimum else { throw .budgetTooSmall(bytes: budget, minimum: minimum) }
        // The batch of messages, whose memory may be twice its limit, the piece for the input hash, and what the system rounds up.
        let other = 24 << 10 + min(budget / 8, 1 << 20)
        output = min(budget / 16 / IDRecord.byteCount, 4096)
        sorting = (budget - other) / IDRecord.byteCount - output
    }
}
