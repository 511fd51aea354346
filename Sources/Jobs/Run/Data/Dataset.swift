internal import Glibc
public import Histories
internal import Preparation
internal import RowSources
public import Scratch
public import Specification
public import Tables

/// A party's data, read once.
public struct Dataset: Sendable {
    /// Its name in the exposure ledger.
    public let name: String
    /// All of its columns, offered or not.
    public let table: Table
    /// What the party knows as events; they are read when a job needs them.
    public let histories: [HistorySource]
    /// Where events stay from one prediction to the next; `nil` where they do not.
    var recent: RecentEvents?

    /// Reads the rows that a party file names.
    ///
    /// - Parameters:
    ///   - space: what of them may stay in memory, and where the rest goes: ``PartyFile/space``.
    ///   - modelTypes: how a model that is to score these rows needs its columns read, whatever they look like here.
    /// - Throws: `TablesError` with the source, the row and the column.
    public init(
        _ source: PartyFile.DataSource, in space: WorkingSpace, modelTypes: [String: ColumnType] = [:]
    ) throws(TablesError) {
        var types = modelTypes
        for (column, type) in source.types { types[column] = type == "number" ? .number : .category }
        (name, histories) = (source.name, source.histories)
        let rows: any RowSource
        do { rows = try source.rows.open() } catch { throw .source(error) }
        // A name that looks like a number is a name: 007 is not 7.
        for history in source.histories where rows.columns.contains(history.of) { types[history.of] = .category }
        table = try Table(
            rows, key: RowKey(columns: source.key), types: types, in: space,
            expected: source.rows.file.map(Self.size) ?? 0)
    }

    /// Bytes of a file, compressed or not; 0 where it cannot be told.
    static func size(_ file: String) -> Int {
        var status = stat()
        return stat(file, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Columns that a policy offers, in their order; never the key, and those that lead into histories only where it names them.
    public func offered(by policy: Policy) -> [Column] {
        let leading = Set(histories.flatMap { [$0.of, $0.at] })
        return table.columns.filter { column in
            !table.key.columns.contains(column.name)
                && policy.offer?.contains(column.name) ?? !leading.contains(column.name)
        }
    }

    /// A history by its name.
    ///
    /// - Throws: `HistoriesError.unknown`.
    public func history(_ name: String) throws(HistoriesError) -> HistorySource {
        guard let history = histories.first(where: { $0.name == name }) else {
            throw .unknown(history: name, available: histories.map(\.name))
        }
        return history
    }

    /// Histories that a policy offers, in the party file's order.
    public func offeredHistories(by policy: Policy) -> [HistorySource] {
        histories.filter { policy.offer?.contains($0.name) ?? true }
    }

    /// Why this data does not fit a job, sentence by sentence; empty where it does. Sentences name the source, rows and columns: they go to
    /// the coordinator.
    ///
    /// - Parameter state: The party's state folder, where many ids are sorted.
    public func misfits(_ job: Job, at party: Party, state: String) -> [String] {
        guard let member = job.member(party) else { return ["\(party) is no party of this job"] }
        var problems: [String] = []
        if job.align.key != table.key.columns {
            problems.append(
                "\(table.file): the job aligns by \(job.align.key.joined(separator: ", ")), "
                    + "the party file's key is \(table.key.columns.joined(separator: ", ")): both need the same name, which a query "
                    + "or the header gives the column")
        } else {
            do { _ = try keyCounts(for: job, state: state) } catch { problems.append(error.description) }
        }
        func check(_ use: () throws(TablesError) -> Void) {
            do { try use() } catch { problems.append(error.description) }
        }
        for column in member.columns ?? [] { check { () throws(TablesError) in _ = try table.column(column) } }
        for name in job.historyTowers[party]?.histories ?? [] {
            do throws(HistoriesError) { try history(name).check(table) } catch {
                problems.append("the tower of \(party), history '\(name)': \(error)")
            }
        }
        if job.predict == nil, let plan = job.prepare?[party] {
            for column in table.columns where (member.columns ?? []).contains(column.name) {
                if let misfit = plan.misfit(column, of: table.file) { problems.append("\(misfit)") }
            }
        }
        if member.role == .label, job.predict == nil {
            for column in job.baselines.extraColumns {
                check { () throws(TablesError) in _ = try table.column(column) }
            }
            if let column = job.train.sampleWeights {
                check { () throws(TablesError) in _ = try table.numbers(column) }
            }
            do { if let problem = try misfit(job) { problems.append(problem) } } catch {
                problems.append(error.description + Self.advice(error, job))
            }
            if ((member.columns ?? []) + job.baselines.extraColumns).contains(job.label) {
                problems.append("column '\(job.label)' is the label; it cannot be a feature too")
            }
        }
        return problems
    }

    /// How labels that are texts, or not 0 and 1, come to fit the model.
    private static func advice(_ error: TablesError, _ job: Job) -> String {
        switch (error, job.model.target) {
        case (.notNumeric, .binary), (.notBinary, .binary):
            "; this model's label is 0 or 1: let the query or file say so, or let the job say model: {kind: multinomial, classes: N}"
        default: ""
        }
    }

    /// Why the labels do not fit the model: a sentence, where none of the table's errors says it.
    private func misfit(_ job: Job) throws(TablesError) -> String? {
        let rows = 0..<table.rowCount
        switch job.model.target {
        case .binary: _ = try table.binaryLabels(job.label, rows: rows)
        case .number: _ = try table.targets(job.label, rows: rows)
        case .count: _ = try table.counts(job.label, rows: rows)
        case .classes:
            let classes = try table.classes(job.label)
            _ = try table.classLabels(job.label, classes: classes, rows: rows)
            if classes.count != job.model.classes {
                return
                    "label '\(job.label)' has \(classes.count) classes; the job says model.classes: \(job.model.classes)"
            }
        }
        return nil
    }
}
