internal import Identifiers
internal import Link
internal import Scratch
internal import Tables

/// How a party's rows are named.
public struct KeyCounts: Hashable, Sendable {
    /// Different ids.
    public let ids: Int
    /// Rows with an empty key, which no job takes.
    public let empty: Int
    /// Rows with the key of an earlier row.
    public let repeated: Int
}

extension Dataset {
    /// Reads all keys as a job would, or, without one, as texts of which each may stand there once.
    ///
    /// - Parameter state: The party's state folder, where many ids are sorted.
    /// - Throws: ``RunError`` with the source and lines or rows.
    public func keyCounts(for job: Job? = nil, state: String) throws(RunError) -> KeyCounts {
        let scratch = state + "/keys.ids"
        defer { try? StateFile.remove(scratch) }
        let declaration = job?.align.declaration ?? KeyDeclaration(columns: table.key.columns.map { KeyColumn($0) })
        let ids = try identifiers(
            declaration, seed: job?.rowSeed ?? [UInt8](repeating: 0, count: 32),
            duplicates: job?.align.duplicates ?? .refuse, sample: nil, scratch: scratch)
        return KeyCounts(ids: ids.count, empty: ids.emptyRows, repeated: ids.repeatedRows)
    }

    /// Bytes of an id in memory: with more of them than a store's share, they are sorted in a file.
    private static let idSize = 40

    /// The ids that this data offers to a job, in the common order.
    ///
    /// - Parameter scratch: Where a file of them is made if there are many; the caller removes it.
    /// - Throws: ``RunError`` with the source and lines or rows for cells that make no id, and for ids that repeat where the job refuses them.
    func identifiers(for job: Job, scratch: String) throws(RunError) -> SortedIdentifiers {
        try identifiers(
            job.align.declaration, seed: job.rowSeed, duplicates: job.align.duplicates, sample: job.align.sample,
            scratch: scratch)
    }

    private func identifiers(
        _ declaration: KeyDeclaration, seed: [UInt8], duplicates: DuplicatePolicy, sample: Int?, scratch: String
    ) throws(RunError) -> SortedIdentifiers {
        do {
            var collector = try IdentifierCollector(
                declaration, seed: seed, duplicates: duplicates,
                storage: table.rowCount <= table.space.share / Self.idSize
                    ? .memory : .file(scratch, budget: table.space.share))
            var cells = table.key.columns.map { _ in ArraySlice<UInt8>() }
            try table.visitKeys { rows, keys in
                for row in rows {
                    for (column, texts) in keys.columns.enumerated() { cells[column] = texts[row - rows.lowerBound] }
                    try collector.add(row: row, cells: cells)
                }
            }
            let all = try collector.finish()
            return try sample.map { (count) throws(IdentifiersError) in try all.sample(count) } ?? all
        } catch let error as IdentifiersError {
            throw problem(error)
        } catch let error as TablesError {
            throw RunError(error.abortReason, error.description)
        } catch { throw RunError(.internalError, "\(error)") }
    }

    /// An error that knows rows by their numbers, in terms of places in its source.
    private func problem(_ error: IdentifiersError) -> RunError {
        switch error {
        case .cell(let row, let column, let problem):
            return RunError(
                .badData, "\(table.file), \(table.place(row)), column '\(column)' of the key: \(problem)")
        case .repeated(let count, let rows):
            let pairs = rows.map {
                "\(table.unit.rawValue)s \(table.place($0.first).number) and \(table.place($0.again).number)"
            }
            .joined(
                separator: ", ")
            return RunError(
                .duplicateIDs,
                "\(table.file): \(count) rows repeat the key of an earlier row (\(pairs)\(rows.count < count ? ", ..." : "")); "
                    + "keep one row for each key, or let the first one count: align.duplicates: first")
        case .budgetTooSmall, .tooManyForBudget, .cannotWrite, .cannotRead, .damaged, .otherIdentifiers:
            return RunError(.storageFailed, error.description)
        }
    }
}

extension SortedIdentifiers {
    /// Rows that were left out, in a sentence for people; `nil` where none was.
    var omissions: String? {
        let parts = [
            (emptyRows, "with an empty key"), (repeatedRows, "with the key of an earlier row"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.0 == 1 ? "row" : "rows") \($0.1)" }
        return parts.isEmpty ? nil : parts.joined(separator: " and ") + " left out"
    }
}
