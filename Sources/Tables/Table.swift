/// One party's file in memory: typed columns of equal length, the columns of its key kept as texts.
public struct Table: Sendable {
    /// The path, as errors name it.
    public let file: String
    /// In the order of the header.
    public let columns: [Column]
    /// What names a row.
    public let key: RowKey
    /// The line of the file on which each row begins.
    public let lines: [Int]

    /// The number of rows.
    public var rowCount: Int { lines.count }

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
        guard case .numbers(let numbers) = try column(name).cells else {
            throw .notNumeric(file: file, column: name)
        }
        return numbers
    }

    /// The labels 0 and 1 of the named rows.
    ///
    /// - Throws: ``TablesError`` for a missing label, another value, or rows that are all of one class.
    public func binaryLabels(_ name: String, rows: [Int]) throws(TablesError) -> [Double] {
        let labels = try targets(name, rows: rows)
        for (label, row) in zip(labels, rows) where label != 0 && label != 1 {
            throw .notBinary(file: file, line: lines[row], column: name)
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
    public func classLabels(_ name: String, classes: [String], rows: [Int]) throws(TablesError) -> [Double] {
        let places = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, Double($0)) })
        let texts = try labelTexts(name)
        var labels: [Double] = []
        labels.reserveCapacity(rows.count)
        for row in rows {
            guard let text = texts[row] else { throw .missingLabel(file: file, line: lines[row], column: name) }
            guard let place = places[text] else { throw .unknownClass(file: file, line: lines[row], column: name) }
            labels.append(place)
        }
        return labels
    }

    /// The different labels of a column: texts in the order of their bytes, numbers by size.
    ///
    /// - Throws: ``TablesError/missingColumn(file:column:available:)``.
    public func classes(_ name: String) throws(TablesError) -> [String] {
        switch try column(name).cells {
        case .numbers(let numbers): Set(numbers.lazy.filter { !$0.isNaN }).sorted().map { Self.text($0) }
        case .texts:
            Set(try labelTexts(name).compactMap(\.self)).sorted { Array($0.utf8).lexicographicallyPrecedes($1.utf8) }
        }
    }

    /// For each row the place of its text among the different texts of a column, in the order of their bytes; `nil` where it is
    /// missing.
    ///
    /// - Throws: ``TablesError/missingColumn(file:column:available:)``.
    public func codes(_ name: String) throws(TablesError) -> [Int?] {
        let texts = try labelTexts(name)
        let places = Dictionary(uniqueKeysWithValues: try classes(name).enumerated().map { ($1, $0) })
        return texts.map { $0.flatMap { places[$0] } }
    }

    /// Counts of the named rows, at least 0.
    ///
    /// - Throws: ``TablesError`` for a missing value, a negative one, or a column of texts.
    public func counts(_ name: String, rows: [Int]) throws(TablesError) -> [Double] {
        let counts = try targets(name, rows: rows)
        for (count, row) in zip(counts, rows) where count < 0 {
            throw .negativeCount(file: file, line: lines[row], column: name)
        }
        return counts
    }

    private func labelTexts(_ name: String) throws(TablesError) -> [String?] {
        switch try column(name).cells {
        case .numbers(let numbers): numbers.map { $0.isNaN ? nil : Self.text($0) }
        case .texts(let texts):
            (0..<texts.count).map { texts[$0].isEmpty ? nil : String(decoding: texts[$0], as: UTF8.self) }
        }
    }

    /// A whole number as people write it.
    private static func text(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? "\(number)" }

    /// The finite numbers of the named rows that a regression predicts.
    ///
    /// - Throws: ``TablesError`` for a missing value or a column of texts.
    public func targets(_ name: String, rows: [Int]) throws(TablesError) -> [Double] {
        let numbers = try numbers(name)
        var targets: [Double] = []
        targets.reserveCapacity(rows.count)
        for row in rows {
            guard !numbers[row].isNaN else { throw .missingLabel(file: file, line: lines[row], column: name) }
            targets.append(numbers[row])
        }
        return targets
    }
}

extension Table {
    /// Reads a CSV file (RFC 4180, UTF-8, a header), compressed with zstd or not, as its first bytes tell.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - key: the columns that name a row; never read as numbers.
    ///   - types: types of columns that are not to be inferred; every name must occur in the header.
    ///   - limit: the most content that a compressed file may have, in bytes.
    /// - Throws: ``TablesError``, naming file, line and field.
    public init(
        reading path: String, key: RowKey, types: [String: ColumnType] = [:], limit: Int = 1 << 33
    ) throws(TablesError) {
        do {
            let source = try FileSource(path: path, limit: limit)
            try self.init(file: path, key: key, types: types, blocks: source.next)
        } catch let error as TablesError {
            throw error
        } catch {
            throw .cannotRead(file: path, reason: "\(error)")
        }
    }

    /// Reads a table from blocks of CSV.
    package init(
        file: String, key: RowKey, types: [String: ColumnType] = [:], blocks: @escaping () throws -> [UInt8]
    ) throws {
        var reader = CSVReader(file: file, source: blocks)
        var record = CSVRecord()
        guard try reader.next(&record) else { throw TablesError.empty(file: file) }
        let names = try Self.header(record, file: file)
        for name in key.columns + types.keys.sorted() where !names.contains(name) {
            throw TablesError.missingColumn(file: file, column: name, available: names)
        }

        var texts = [TextColumn](repeating: TextColumn(), count: names.count)
        var lines: [Int] = []
        while try reader.next(&record) {
            guard record.ends.count == names.count else {
                throw TablesError.raggedRow(
                    file: file, line: record.line, expected: names.count, found: record.ends.count)
            }
            for column in texts.indices { texts[column].append(record.bytes[record.range(of: column)]) }
            lines.append(record.line)
        }
        guard !lines.isEmpty else { throw TablesError.noRows(file: file) }

        var columns: [Column] = []
        for (column, name) in names.enumerated() {
            let declared = key.columns.contains(name) ? .category : types[name]
            columns.append(
                try Column(name: name, texts: texts[column], declared: declared, file: file, lines: lines))
            texts[column] = TextColumn()  // a numeric column's text is not needed any more
        }
        self.init(file: file, columns: columns, key: key, lines: lines)
    }

    private static func header(_ record: CSVRecord, file: String) throws(TablesError) -> [String] {
        var names: [String] = []
        for field in record.ends.indices {
            let name = String(decoding: record.bytes[record.range(of: field)].trimmingSpaces(), as: UTF8.self)
            guard !name.isEmpty else { throw .unnamedColumn(file: file, field: field + 1) }
            guard !names.contains(name) else { throw .duplicateColumn(file: file, column: name) }
            names.append(name)
        }
        return names
    }
}
