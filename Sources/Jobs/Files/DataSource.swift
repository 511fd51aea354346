public import Documents
public import Histories
public import RowSources

extension PartyFile {
    /// A table that jobs may use.
    public struct DataSource: Hashable, Sendable {
        /// Its name in the exposure ledger: the file's name without its ending, if not given.
        public var name: String
        /// Where its rows are.
        public var rows: RowOrigin
        /// The columns that make up a row's id.
        public var key: [String]
        /// Column types that inference would not find: `category`, `number` or `text`.
        public var types: [String: String]
        /// What the party knows as events: jobs name them as they name columns.
        public var histories: [HistorySource] = []

        package init(name: String, rows: RowOrigin, key: [String], types: [String: String]) {
            self.name = name
            self.rows = rows
            self.key = key
            self.types = types
        }
    }
}

extension PartyFile.DataSource {
    /// Reads a party file's `data`.
    ///
    /// - Parameter resolve: completes a path that is relative to the party file's folder.
    /// - Throws: `DocumentError` with file, line and field.
    init(_ fields: inout Document, resolve: (String) -> String) throws(DocumentError) {
        let (rows, usualName) = try Self.origin(&fields, resolve: resolve)
        self.rows = rows
        if let name = try fields.optionalText("name") ?? usualName {
            self.name = name
        } else {
            throw fields.error("name", "is missing: the exposure ledger of these rows is called by it")
        }
        guard Job.Limits.isName(name) else {
            throw fields.error(
                "name", "it names a file of the exposure ledger: 1 to 64 letters, digits, '-', '_' or '.' are expected")
        }
        key = try fields.textOrTexts("key")
        guard Set(key).count == key.count else { throw fields.error("key", "a column stands twice") }
        types = try fields.optionalTextMapping("types")
        for (column, type) in types where !["category", "number", "text"].contains(type) {
            throw fields.error("types", "column '\(column)': '\(type)' is none of category, number, text")
        }
    }

    /// The fields that say where rows are, and those that go with each of them.
    private static let companions = [
        "file": ["format", "header", "columns", "separator", "features"], "sqlite": ["table", "query"],
        "postgres": ["table", "query"],
    ]

    /// Where the rows are, and what their ledger is called if nothing else is said.
    static func origin(
        _ fields: inout Document, resolve: (String) -> String
    ) throws(DocumentError) -> (RowOrigin, usualName: String?) {
        let kinds = companions.keys.sorted().filter(fields.has)
        guard let kind = kinds.first else { throw fields.error("file", "one of file, sqlite, postgres is expected") }
        guard kinds.count == 1 else { throw fields.error(kinds[1], "does not go together with '\(kind)'") }
        for field in companions.values.joined().sorted()
        where fields.has(field) && companions[kind]?.contains(field) != true {
            throw fields.error(field, "does not go together with '\(kind)'")
        }
        let place = try fields.text(kind)
        guard kind != "postgres" else {
            return (.postgres(connection: place, try selection(&fields)), nil)
        }
        let (file, base) = (resolve(place), place.split(separator: "/").last.map(String.init) ?? place)
        let usualName = String(base.prefix { $0 != "." })
        guard kind == "file" else { return (.sqlite(file: file, try selection(&fields)), usualName) }
        switch try fields.optionalText("format") {
        case nil, "csv":
            guard !fields.has("features") else {
                throw fields.error("features", "goes together with 'format: libsvm' only")
            }
            return (.csv(file: file, try csvFormat(&fields)), usualName)
        case "libsvm":
            for field in ["header", "columns", "separator"] where fields.has(field) {
                throw fields.error(field, "does not go together with 'format: libsvm'")
            }
            let features = try fields.optionalInteger("features", in: 1...RowOrigin.featureLimit)
            return (.libsvm(file: file, features: features), usualName)
        case let other?: throw fields.error("format", "'\(other)' is none of csv, libsvm")
        }
    }

    private static func selection(_ fields: inout Document) throws(DocumentError) -> RowOrigin.Selection {
        switch (try fields.optionalText("table"), try fields.optionalText("query")) {
        case (let table?, nil): return .table(table)
        case (nil, let query?): return .query(query)
        case (nil, nil):
            throw fields.error("query", "is missing: what is to be read, as a query or as the name of a table")
        case (_?, _?): throw fields.error("query", "does not go together with 'table'")
        }
    }

    private static func csvFormat(_ fields: inout Document) throws(DocumentError) -> CSVFormat {
        var format = CSVFormat()
        let hasHeader = try fields.optionalFlag("header") ?? true
        if let names = try fields.optionalTexts("columns") {
            guard !hasHeader else {
                throw fields.error(
                    "columns", "goes together with 'header: false' only: a header names the columns itself")
            }
            guard !names.isEmpty, Set(names).count == names.count, !names.contains("") else {
                throw fields.error("columns", "a list of different names is expected")
            }
            format.names = .given(names)
        } else if !hasHeader {
            format.names = .numbered
        }
        if let text = try fields.optionalText("separator") {
            let bytes = text == "tab" ? [UInt8(ascii: "\t")] : Array(text.utf8)
            guard bytes.count == 1, CSVFormat.isSeparator(bytes[0]) else {
                throw fields.error("separator", "one ASCII character, as \";\", or tab is expected")
            }
            format.separator = bytes[0]
        }
        return format
    }
}
