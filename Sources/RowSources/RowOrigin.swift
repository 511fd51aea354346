/// Where an organisation keeps its rows: what a party file says.
public enum RowOrigin: Hashable, Sendable {
    /// Comma-separated values, plain or compressed.
    case csv(file: String, CSVFormat = CSVFormat())
    /// Sparse rows of numbers, plain or compressed; `features`: how many columns, where the file is not to be asked.
    case libsvm(file: String, features: Int? = nil)
    /// A SQLite database's file.
    case sqlite(file: String, Selection)
    /// A PostgreSQL server: libpq's connection string, without a password.
    case postgres(connection: String, Selection)

    /// What is read of a database.
    public enum Selection: Hashable, Sendable {
        /// All columns and rows of one table or view.
        case table(String)
        /// One statement that returns rows.
        case query(String)

        /// In SQL.
        var statement: String {
            switch self {
            case .table(let name):
                "SELECT * FROM \"\(name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
            case .query(let query): query
            }
        }
    }

    /// The most columns of a LIBSVM file: every one is a column of a table in memory.
    public static let featureLimit = 1 << 16

    /// The file, where there is one.
    public var file: String? {
        switch self {
        case .csv(let file, _), .libsvm(let file, _), .sqlite(let file, _): file
        case .postgres: nil
        }
    }

    /// Opens it for reading from the beginning.
    ///
    /// - Parameter limit: the most content that a compressed file may have, in bytes.
    /// - Throws: ``RowSourceError``.
    public func open(limit: Int = 1 << 33) throws(RowSourceError) -> any RowSource {
        switch self {
        case .csv(let file, let format):
            let source = try FileSource(path: file, limit: limit)
            return try CSVReader(file: file, format) { () throws(RowSourceError) in try source.next() }
        case .libsvm(let file, let features):
            return try LIBSVMReader(file: file, features: features) { () throws(RowSourceError) in
                let source = try FileSource(path: file, limit: limit)
                return { () throws(RowSourceError) in try source.next() }
            }
        case .sqlite(let file, let selection):
            #if SQLite
            return try SQLiteReader(file: file, selection)
            #else
            throw .notBuiltIn(database: "SQLite", trait: "SQLite", package: "libsqlite3-dev")
            #endif
        case .postgres(let connection, let selection):
            #if PostgreSQL
            return try PostgresReader(connection, selection)
            #else
            throw .notBuiltIn(database: "PostgreSQL", trait: "PostgreSQL", package: "libpq-dev")
            #endif
        }
    }
}
