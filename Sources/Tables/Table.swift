public import RowSources
public import Scratch

/// One party's rows: typed columns of equal length, the columns of its key kept as texts. Few are in memory; of many, only the columns
/// that are asked for.
public struct Table: Sendable {
    /// Where they are from, as errors name it: a file's path, or a database.
    public let file: String
    /// In the order of the source.
    public let columns: [Column]
    /// What names a row.
    public let key: RowKey
    /// What ``place(_:)`` counts.
    public let unit: RowUnit
    /// What of it may stay in memory, and where the rest is; what is made of it goes there too.
    public let space: WorkingSpace
    private let lines: RowLines
    let store: ColumnStore

    /// The number of rows.
    public var rowCount: Int { store.rows }

    /// Where a row stands in its source.
    public func place(_ row: Int) -> RowPlace { RowPlace(unit, lines[row]) }

    /// - Throws: ``TablesError/missingColumn(file:column:available:)``.
    public func column(_ name: String) throws(TablesError) -> Column {
        guard let column = columns.first(where: { $0.name == name }) else {
            throw .missingColumn(file: file, column: name, available: columns.map(\.name))
        }
        return column
    }

    /// The values of a numeric column; NaN where they are missing.
    ///
    /// - Throws: ``TablesError/missingColumn(file:column:available:)``, ``TablesError/notNumeric(file:column:)``.
    public func numbers(_ name: String) throws(TablesError) -> [Double] {
        guard case .numbers(let numbers) = try column(name).cells() else {
            throw .notNumeric(file: file, column: name)
        }
        return numbers
    }

    /// The labels 0 and 1 of the named rows. Where they are written as -1 and +1, as LIBSVM files do, -1 is 0.
    ///
    /// - Throws: ``TablesError`` for a missing label, another value, or rows that are all of one class.
    public func binaryLabels(_ name: String, rows: some Collection<Int>) throws(TablesError) -> [Double] {
        var labels = try targets(name, rows: rows)
        if labels.contains(-1), !labels.contains(0) { labels = labels.map { $0 == -1 ? 0 : $0 } }
        for (label, row) in zip(labels, rows) where label != 0 && label != 1 {
            throw .notBinary(file: file, at: place(row), column: name)
        }
        if let first = labels.first, labels.allSatisfy({ $0 == first }) {
            throw .oneClass(file: file, column: name)
        }
        return labels
    }

    /// The classes of the named rows, counted from 0 in the order of `classes`.
    ///
    /// - Parameter classes: as ``classes(_:)`` gives them.
    /// - Throws: ``TablesError`` for a missing label and for one that is none of the classes.
    public func classLabels(
        _ name: String, classes: [String], rows: some Collection<Int>
    ) throws(TablesError) -> [Double] {
        let places = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Double($0)) })
        let text = try labelText(name)
        var labels: [Double] = []
        labels.reserveCapacity(rows.count)
        for row in rows {
            guard let text = text(row) else { throw .missingLabel(file: file, at: place(row), column: name) }
            guard let place = places[text] else { throw .unknownClass(file: file, at: place(row), column: name) }
            labels.append(place)
        }
        return labels
    }

    /// The different labels of a column: texts in the order of their bytes, numbers by size.
    ///
    /// - Throws: ``TablesError/missingColumn(file:column:available:)``.
    public func classes(_ name: String) throws(TablesError) -> [String] {
        switch try column(name).cells() {
        case .numbers(let numbers): Set(numbers.lazy.filter { !$0.isNaN }).sorted().map { Self.text($0) }
        case .texts(let texts):
            Self.different(texts).sorted { Array($0.utf8).lexicographicallyPrecedes($1.utf8) }
        }
    }

    /// Counts of the named rows, at least 0.
    ///
    /// - Throws: ``TablesError`` for a missing value, a negative one, or a column of texts.
    public func counts(_ name: String, rows: some Collection<Int>) throws(TablesError) -> [Double] {
        let counts = try targets(name, rows: rows)
        for (count, row) in zip(counts, rows) where count < 0 {
            throw .negativeCount(file: file, at: place(row), column: name)
        }
        return counts
    }

    /// A row's label as a text; `nil` where it is missing.
    private func labelText(_ name: String) throws(TablesError) -> (Int) -> String? {
        switch try column(name).cells() {
        case .numbers(let numbers): { numbers[$0].isNaN ? nil : Self.text(numbers[$0]) }
        case .texts(let texts): { texts[$0].isEmpty ? nil : String(decoding: texts[$0], as: UTF8.self) }
        }
    }

    /// Texts that differ as texts do: of two that are composed differently, the first.
    private static func different(_ texts: TextColumn) -> Set<String> {
        var (seen, different) = (Set<ArraySlice<UInt8>>(), Set<String>())
        for row in 0..<texts.count where !texts[row].isEmpty && seen.insert(texts[row]).inserted {
            different.insert(String(decoding: texts[row], as: UTF8.self))
        }
        return different
    }

    /// A whole number as people write it.
    private static func text(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? "\(number)" }

    /// The finite numbers of the named rows that a regression predicts.
    ///
    /// - Throws: ``TablesError`` for a missing value or a column of texts.
    public func targets(_ name: String, rows: some Collection<Int>) throws(TablesError) -> [Double] {
        let numbers = try numbers(name)
        var targets: [Double] = []
        targets.reserveCapacity(rows.count)
        for row in rows {
            guard !numbers[row].isNaN else { throw .missingLabel(file: file, at: place(row), column: name) }
            targets.append(numbers[row])
        }
        return targets
    }
}

extension Table {
    /// Reads all rows of a source.
    ///
    /// - Parameters:
    ///   - key: the columns that name a row; never read as numbers.
    ///   - types: types of columns that are not to be inferred; every name must be a column.
    ///   - space: what may stay in memory, and where the rest goes.
    ///   - expected: bytes of the source, where they are known: by them it is seen whether the disk has room.
    /// - Throws: ``TablesError``, naming the source, the row and the column.
    public init(
        _ source: consuming any RowSource, key: RowKey, types: [String: ColumnType] = [:],
        in space: WorkingSpace = WorkingSpace(), expected: Int = 0
    ) throws(TablesError) {
        let (file, names, unit) = (source.name, source.columns, source.unit)
        for name in key.columns + types.keys.sorted() where !names.contains(name) {
            throw .missingColumn(file: file, column: name, available: names)
        }
        var writer = ColumnStoreWriter(
            file: file, columns: names.map { ($0, key.columns.contains($0) ? .category : types[$0]) }, in: space,
            expected: expected)
        var lines = RowLines()
        var row = Row()
        while try Self.next(&source, &row) {
            try writer.append(row)
            lines.append(row.number)
        }
        guard lines.count > 0 else { throw .noRows(file: file) }
        let (columns, store) = try writer.finish { RowPlace(unit, lines[$0]) }
        self.init(file: file, columns: columns, key: key, unit: unit, space: space, lines: lines, store: store)
    }

    private static func next(_ source: inout any RowSource, _ row: inout Row) throws(TablesError) -> Bool {
        do { return try source.next(&row) } catch { throw .source(error) }
    }

    /// Reads a CSV file (RFC 4180, UTF-8, a header), compressed with zstd or gzip or not, as its first bytes tell.
    ///
    /// - Parameter limit: the most content that a compressed file may have, in bytes.
    /// - Throws: ``TablesError``, naming file, line and field.
    public init(
        reading path: String, key: RowKey, types: [String: ColumnType] = [:], limit: Int = 1 << 33,
        in space: WorkingSpace = WorkingSpace()
    ) throws(TablesError) {
        let source: any RowSource
        do { source = try RowOrigin.csv(file: path).open(limit: limit) } catch { throw .source(error) }
        try self.init(source, key: key, types: types, in: space)
    }

    /// Reads a table from blocks of CSV.
    package init(
        file: String, key: RowKey, types: [String: ColumnType] = [:], in space: WorkingSpace = WorkingSpace(),
        blocks: @escaping () throws(RowSourceError) -> [UInt8]
    ) throws(TablesError) {
        let source: any RowSource
        do { source = try CSVReader(file: file, blocks: blocks) } catch { throw .source(error) }
        try self.init(source, key: key, types: types, in: space)
    }
}
