import Arithmetic
import Preparation
import Tables

/// A table read from a text.
func table(_ text: String, types: [String: ColumnType] = [:]) throws -> Table {
    var rest = Array(text.utf8)
    return try Table(file: "a.csv", key: RowKey(columns: ["id"]), types: types) {
        defer { rest = [] }
        return rest
    }
}

/// A table of one column 'x' with these cells.
func table(cells: [String], as type: ColumnType) throws -> Table {
    try table("id,x\n" + cells.enumerated().map { "\($0),\($1)\n" }.joined(), types: ["x": type])
}

/// A table of one column of numbers 'x'; `nil` where one is missing.
func table(numbers: [Double?]) throws -> Table {
    try table(cells: numbers.map { $0.map { "\($0)" } ?? "" }, as: .number)
}

extension Preparation {
    /// Of column 'x' by a list of steps.
    init(
        _ table: Table, _ steps: [PreparationPlan.Step], training rows: some Sequence<Int>,
        categories: Categories = .oneHot, classes: [Int]? = nil
    ) throws {
        try self.init(
            fitting: table, columns: ["x"], rows: Array(rows), categories: categories,
            plan: PreparationPlan(columns: ["x": steps]), classes: classes)
    }

    /// All prepared rows of a table, one after the other.
    func values(_ table: Table) throws -> [Double] {
        let rows = Array(0..<table.rowCount)
        return try prepare(table, rows: rows).dense(rows: rows).elements
    }
}
