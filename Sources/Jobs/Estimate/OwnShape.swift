internal import Preparation
package import Specification
package import Tables

/// What a party's columns will be prepared to, found by preparing some of its rows before anybody knows which are common.
package struct OwnShape {
    /// Columns of numbers.
    package let columns: Int
    /// Of a row, in the mean: numbers that are neither 0 nor 1, and ones.
    package let numbers: Double
    package let ones: Double
    /// Columns that are embedded, and rows of their tables.
    package let fields: Int
    package let tableRows: Int
    /// What enters a tower that is trained with the model.
    package let towerColumns: Int

    /// Categories are as many as so many rows show.
    private static let mostRows = 1 << 16
    /// Rows in which numbers are counted.
    private static let countedRows = 512

    /// - Throws: as preparing does.
    package init(_ job: Job, _ table: Table, of party: Party) throws {
        let count = min(job.mostOwnRows(of: table.rowCount), Self.mostRows)
        // From all over the table: neighbours are often alike.
        let rows = RowNumbers((0..<count).lazy.map { $0 * table.rowCount / count })
        // Bins that ask for labels end as one column, or as so many as they are: of the former without labels, too.
        let plan = job.prepare?[party].flatMap { $0.needsLabels ? nil : $0 }
        let preparation =
            try job.sourceColumns(of: party).isEmpty
            ? nil
            : Preparation(
                fitting: table, columns: job.sourceColumns(of: party), rows: rows,
                categories: job.model.kind.categories,
                plan: plan)
        let tower = job.towers[party]
        // Of histories as many as there can be.
        let ofHistories = tower?.history.map { ($0.histories ?? []).count * (tower?.columnsOfAHistory ?? 0) }
        let frozen = tower.flatMap { $0.training == .frozen ? ofHistories ?? $0.outputs : nil } ?? 0
        columns = (preparation?.columnNames.count ?? 0) + frozen
        (fields, tableRows) = (
            preparation?.fields.count ?? 0, preparation?.fields.reduce(0) { $0 + $1.rows } ?? 0
        )
        towerColumns =
            try tower.map { tower in
                guard tower.training == .endToEnd else { return 0 }
                if let ofHistories { return ofHistories }
                return try Preparation(fitting: table, columns: tower.columns, rows: rows, plan: plan).columnNames.count
            } ?? 0
        let counted = RowNumbers(rows.prefix(Self.countedRows))
        var (numbers, ones) = (0, 0)
        if let preparation {
            let prepared = try preparation.prepare(table, rows: counted).rows(0..<counted.count)
            for row in 0..<prepared.count {
                for place in prepared.nonzeros(inRow: row) {
                    if place.value == 1 { ones += 1 } else { numbers += 1 }
                }
            }
        }
        self.numbers = Double(numbers) / Double(max(1, counted.count)) + Double(frozen)
        self.ones = Double(ones) / Double(max(1, counted.count))
    }
}
