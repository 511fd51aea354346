internal import Scratch
public import Tables

/// How one party turns its own columns into what enters a source layer: numbers, and rows of embedding tables.
///
/// Fitted on the party's own aligned training rows and nothing else, saved with its half of the model, applied unchanged
/// to every later row. A ``PreparationPlan`` says what is done; all prepared values are below ``bound`` in magnitude, whatever
/// it says: that clip comes last.
///
/// Without a plan, numbers become `(x - mean) / deviation`, clipped to ±``bound``; a missing number becomes the mean,
/// that is 0. A column of zeros and ones without gaps stays as it is, so that sparse data stays sparse. A text becomes 1 in
/// the column of its category, or a row of an embedding table, or both; a missing text, and one that did not occur in
/// training, becomes 0 in all columns and row ``Field/other`` of the table. Columns that do not vary are dropped.
public struct Preparation: Codable, Hashable, Sendable {
    /// What happens to one column of the table.
    public enum Step: Codable, Hashable, Sendable {
        /// Mean and population standard deviation over the training rows' present values.
        case standardize(column: String, mean: Double, deviation: Double)
        /// Zeros and ones.
        case flag(column: String)
        /// Texts in the order of their bytes, one prepared column each.
        case oneHot(column: String, categories: [String])
        /// 1 in every row: what a party brings whose columns are all embedded.
        case ones
        /// Numbers as a plan wants them.
        case numbers(column: String, NumberPipeline)
        /// Texts as a plan wants them.
        case texts(column: String, TextPipeline)
    }

    /// A categorical column that is embedded.
    public struct Field: Codable, Hashable, Sendable {
        /// Its name.
        public let column: String
        /// Texts in the order of their bytes: rows 1, 2, ... of the field's part of the table.
        public let categories: [String]
        /// What a missing text becomes; `nil` where it stays missing.
        public let fill: String?

        /// The row of all other texts: missing, unknown, or too rare in training.
        public static let other = 0

        /// Rows of the table.
        public var rows: Int { categories.count + 1 }
    }

    /// What becomes of categories.
    public enum Categories: String, Codable, Hashable, Sendable {
        /// A column of zeros and ones for each.
        case oneHot
        /// A row of an embedding table for each.
        case embedded
        /// Both; fields of more than ``Preparation/categoryLimit`` categories are embedded only.
        case both
    }

    /// The largest magnitude of a prepared value: what a feature may be at 20 fraction bits, where |x| < 8.
    public static let bound = 8 - 0x1p-20

    /// The most categories of one column that get a column each.
    public static let categoryLimit = 1024

    /// The most categories of one column that get a row of a table each.
    public static let fieldLimit = 1 << 22

    /// Training rows in which a category occurs at least, to have a row of its own in a table.
    public static let commonCount = 5

    /// One step for each column that becomes numbers, in the order asked for.
    public let steps: [Step]
    /// Columns that are embedded, in the order asked for.
    public let fields: [Field]
    /// Columns that did not vary over the training rows.
    public let dropped: [String]
    /// How many columns of the table are used: `d` of the exposure ledger, before one-hot.
    public let rawColumnCount: Int

    /// Learns means, deviations and categories.
    ///
    /// - Parameters:
    ///   - columns: names of columns of `table`, in the order that the prepared columns will have.
    ///   - rows: the training rows; indices into the table.
    ///   - categories: what becomes of columns of texts for which the plan names no encoding.
    ///   - plan: what is to be done; `nil`: the same as with an empty plan.
    ///   - classes: of each of the rows, counted from 0, where the plan needs labels.
    ///   - weighed: what becomes of columns whose bins were weighed; `nil` of one that does not vary.
    /// - Throws: `TablesError` for a column that is not there, a column of too many texts, and where no column varies;
    ///   ``PreparationError`` where a column is not what the plan takes it for.
    public init(
        fitting table: Table, columns: [String], rows: some Sequence<Int>, categories: Categories = .oneHot,
        plan: PreparationPlan? = nil, classes: [Int]? = nil, weighed: [String: Step?] = [:]
    ) throws {
        let rows = RowNumbers(rows)
        var steps: [Step] = []
        var fields: [Field] = []
        var dropped: [String] = []
        for name in columns {
            if let step = weighed[name] {
                if let step { steps.append(step) } else { dropped.append(name) }
                continue
            }
            let source = (file: table.file, column: name)
            // One column is in memory at a time.
            switch try table.column(name).cells() {
            case .numbers(let numbers):
                let numbers = rows.values.map { numbers[Int($0)] }
                if let list = plan?.steps(of: name, isNumber: true), !list.isEmpty {
                    let pipeline = try NumberPipeline(
                        fitting: numbers, steps: list, classes: classes, at: source)
                    if let pipeline {
                        steps.append(.numbers(column: name, pipeline))
                    } else {
                        dropped.append(name)
                    }
                } else if let step = Step(name, numbers) {
                    steps.append(step)
                } else {
                    dropped.append(name)
                }
            case .texts(let texts):
                let list = plan?.steps(of: name, isNumber: false) ?? []
                let fitted = try FittedTexts(fitting: texts, rows: rows, steps: list, standard: categories, at: source)
                if let pipeline = fitted.pipeline { steps.append(.init(name, pipeline)) }
                if let field = fitted.field { fields.append(field) }
                if fitted.pipeline == nil, fitted.field == nil { dropped.append(name) }
            }
        }
        guard !steps.isEmpty || !fields.isEmpty else { throw TablesError.nothingToLearnFrom(file: table.file) }
        rawColumnCount = columns.count - dropped.count
        self.steps = steps.isEmpty ? [.ones] : steps
        self.fields = fields
        self.dropped = dropped
    }

    /// The names of the prepared columns: `temp`, or `carrier=UA`.
    public var columnNames: [String] { steps.flatMap(\.columnNames) }

    /// Rows of the embedding table, all fields together.
    public var tableRows: Int { fields.reduce(0) { $0 + $1.rows } }

    /// How the table's columns must be read for ``prepare(_:rows:)``.
    public var types: [String: ColumnType] {
        var types: [String: ColumnType] = [:]
        for step in steps {
            switch step {
            case .standardize(let column, _, _), .flag(let column), .numbers(let column, _): types[column] = .number
            case .oneHot(let column, _), .texts(let column, _): types[column] = .category
            case .ones: break
            }
        }
        for field in fields { types[field.column] = .category }
        return types
    }

    /// Prepares the numbers of rows of the table it was fitted on, or of another one with the same columns. Memory holds one column.
    ///
    /// - Parameter absent: Places among the rows that get zeros alone.
    /// - Throws: ``TablesError`` for a column that is not there or was read as another type, and where files fail.
    public func prepare(
        _ table: Table, rows: some Sequence<Int>, absent: some Sequence<Int> = EmptyCollection()
    ) throws(TablesError) -> PreparedMatrix {
        let (rows, isAbsent) = (RowNumbers(rows), Set(absent))
        func wrap(_ error: ScratchError) -> TablesError { .scratch(file: table.file, error) }
        let widths = steps.map(\.columnNames.count)
        let columns = try RowBlocks(
            rows: rows.count, columns: steps.count, cellSize: Source.cellSize, in: table.space, wrap: wrap
        ) { step throws(TablesError) in
            let source = try Source(steps[step], table)
            return { (block, writer) throws(ScratchError) in try source.write(rows.values[block], to: &writer) }
        }
        var matrix = PreparedMatrixWriter(columnNames: columnNames, rows: rows.count, in: table.space)
        do throws(ScratchError) {
            for (index, block) in columns.blocks.enumerated() {
                var parts: [PreparedCells] = []
                for (step, fitted) in steps.enumerated() {
                    parts.append(try PreparedCells(columns, column: step, block: index, fitted))
                }
                for row in block {
                    if !isAbsent.contains(row) {
                        var column = 0
                        for (part, width) in zip(parts, widths) {
                            part.append(row - block.lowerBound, to: &matrix, at: column)
                            column += width
                        }
                    }
                    try matrix.endRow()
                }
            }
            return try matrix.finish()
        } catch { throw wrap(error) }
    }

    /// Rows of the embedding table that rows of the table look up, one for each field; every field has a range of its own.
    ///
    /// - Parameter absent: Places among the rows that look up each field's ``Field/other``.
    /// - Throws: ``TablesError`` for a column that is not there or was read as another type, and where files fail.
    public func lookups(
        _ table: Table, rows: some Sequence<Int>, absent: some Sequence<Int> = EmptyCollection()
    ) throws(TablesError) -> PreparedLookups {
        let (rows, isAbsent) = (RowNumbers(rows), Set(absent))
        func wrap(_ error: ScratchError) -> TablesError { .scratch(file: table.file, error) }
        let starts = fields.reduce(into: [0]) { starts, field in starts.append(starts[starts.count - 1] + field.rows) }
        let columns = try RowBlocks(
            rows: rows.count, columns: fields.count, cellSize: MemoryLayout<Int32>.size, in: table.space, wrap: wrap
        ) { index throws(TablesError) in
            let (field, start) = (fields[index], starts[index])
            let texts = try table.preparedTexts(field.column)
            let places = TextPlaces(.oneHot(categories: field.categories, hasRare: false), fill: field.fill)
            return { (block, writer) throws(ScratchError) in
                try writer.append(
                    block.map { place in
                        let found = isAbsent.contains(place) ? nil : places[texts[rows[place]]]
                        return Int32(start + (found.map { $0 + 1 } ?? Field.other))
                    })
            }
        }
        var spool = SpoolWriter(in: table.space)
        spool.expected = rows.count * fields.count * MemoryLayout<Int32>.size
        do throws(ScratchError) {
            for (index, block) in columns.blocks.enumerated() where !fields.isEmpty {
                var parts: [[Int32]] = []
                for field in fields.indices { parts.append(try columns.numbers(column: field, block: index)) }
                try spool.append((0..<block.count).flatMap { row in parts.map { $0[row] } })
            }
            return PreparedLookups(
                rows: rows.count, fields: fields.count, tableRows: starts[fields.count], try spool.finish(),
                in: table.space)
        } catch { throw wrap(error) }
    }
}
