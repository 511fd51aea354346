internal import RowSources

/// How a column's cells are read.
public enum ColumnType: String, Codable, Sendable {
    /// Decimal numbers; a model sees them standardised.
    case number
    /// Texts; a model sees one column for each text that occurs.
    case category
}

/// Texts of a column, kept as one run of bytes.
public struct TextColumn: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    init() {}

    /// The number of cells.
    public var count: Int { ends.count }

    /// The UTF-8 of one cell; empty where the value is missing.
    public subscript(row: Int) -> ArraySlice<UInt8> { bytes[(row == 0 ? 0 : ends[row - 1])..<ends[row]] }

    mutating func append(_ cell: ArraySlice<UInt8>) {
        bytes += cell
        ends.append(bytes.count)
    }
}

/// A named column of a ``Table``.
public struct Column: Sendable {
    /// The cells by type.
    public enum Cells: Sendable {
        /// A missing value is NaN, which no cell can be.
        case numbers([Double])
        /// A missing value is the empty text.
        case texts(TextColumn)
    }

    /// What its source calls it.
    public let name: String
    /// Its values.
    public let cells: Cells

    /// How its cells were read.
    public var type: ColumnType {
        switch cells {
        case .numbers: .number
        case .texts: .category
        }
    }
}

extension Column {
    /// Turns texts into the type declared for them, or the one they have.
    ///
    /// Without a declaration a column is numeric when at least half of its non-empty cells are numbers: so a single
    /// stray text in a column of numbers is an error that names its place, not a silent change of type.
    init(
        name: String, texts: TextColumn, declared: ColumnType?, file: String, place: (Int) -> RowPlace
    ) throws(TablesError) {
        self.name = name
        if declared == .category {
            cells = .texts(texts)
            return
        }
        var numbers: [Double] = []
        numbers.reserveCapacity(texts.count)
        var missing = 0
        var strays = 0
        var firstText: Int?
        var firstNotFinite: Int?
        for row in 0..<texts.count {
            var number = Double.nan
            switch NumberCell(texts[row]) {
            case .missing:
                missing += 1
            case .value(let value):
                number = value
            case .notFinite:
                firstNotFinite = firstNotFinite ?? row
            case .text:
                firstText = firstText ?? row
                strays += 1
            }
            numbers.append(number)
        }
        if declared == nil && 2 * strays > texts.count - missing {
            cells = .texts(texts)
            return
        }
        if let row = firstText { throw .notANumber(file: file, at: place(row), column: name) }
        if let row = firstNotFinite { throw .notFinite(file: file, at: place(row), column: name) }
        cells = .numbers(numbers)
    }
}
