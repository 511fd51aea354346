internal import Scratch

/// How a column's cells are read.
public enum ColumnType: String, Codable, Sendable {
    /// Decimal numbers; a model sees them standardised.
    case number
    /// Texts; a model sees one column for each text that occurs.
    case category
}

/// A named column of a ``Table``. Its cells lie in the table's store, in memory or on the disk, until they are asked for.
public struct Column: Sendable {
    /// The cells by type, all in memory.
    public enum Cells: Sendable {
        /// A missing value is NaN, which no cell can be.
        case numbers([Double])
        /// A missing value is the empty text.
        case texts(TextColumn)
    }

    /// What its source calls it.
    public let name: String
    /// How its cells were read.
    public let type: ColumnType
    let pieces: [ColumnStore.Piece]
    let store: ColumnStore

    /// All of its cells: 8 bytes for a number, 4 for a text beside the text itself. Whoever has done with them lets them go.
    ///
    /// - Throws: ``TablesError`` where they cannot be read back, or are more than 4 GiB of text.
    public func cells() throws(TablesError) -> Cells {
        switch type {
        case .number: .numbers(try store.numbers(pieces))
        case .category: .texts(try store.texts(pieces, column: name))
        }
    }
}
