/// How one party turns its own columns into the numbers that enter a source layer.
///
/// Fitted on the party's own aligned training rows and nothing else, saved with its half of the model, applied unchanged
/// to every later row. Numbers become `(x - mean) / deviation`, clipped to ±``bound``; a missing number becomes the mean,
/// that is 0. A text becomes 1 in the column of its category; a missing text, and one that did not occur in training,
/// becomes 0 in all of them. Columns that do not vary are dropped.
public struct Preparation: Codable, Hashable, Sendable {
    /// What happens to one column of the table.
    public enum Step: Codable, Hashable, Sendable {
        /// Mean and population standard deviation over the training rows' present values.
        case standardize(column: String, mean: Double, deviation: Double)
        /// Texts in the order of their bytes, one prepared column each.
        case oneHot(column: String, categories: [String])
    }

    /// The largest magnitude of a prepared value: what a feature may be at 20 fraction bits, where |x| < 8.
    public static let bound = 8 - 0x1p-20

    /// The most categories of one column.
    public static let categoryLimit = 1024

    /// One step for each column that is kept, in the order asked for.
    public let steps: [Step]
    /// Columns that did not vary over the training rows.
    public let dropped: [String]

    /// Learns means, deviations and categories.
    ///
    /// - Parameters:
    ///   - columns: names of columns of `table`, in the order that the prepared columns will have.
    ///   - rows: the training rows; indices into the table.
    /// - Throws: ``TablesError`` for a column that is not there, a column of more than ``categoryLimit`` texts, and where
    ///   no column varies.
    public init(fitting table: Table, columns: [String], rows: [Int]) throws(TablesError) {
        var steps: [Step] = []
        var dropped: [String] = []
        for name in columns {
            let step =
                switch try table.column(name).cells {
                case .numbers(let numbers): Self.standardize(name, numbers, rows)
                case .texts(let texts): try Self.oneHot(name, texts, rows, file: table.file)
                }
            if let step { steps.append(step) } else { dropped.append(name) }
        }
        guard !steps.isEmpty else { throw .nothingToLearnFrom(file: table.file) }
        self.steps = steps
        self.dropped = dropped
    }

    /// The names of the prepared columns: `temp`, or `carrier=UA`.
    public var columnNames: [String] {
        steps.flatMap { step in
            switch step {
            case .standardize(let column, _, _): [column]
            case .oneHot(let column, let categories): categories.map { "\(column)=\($0)" }
            }
        }
    }

    /// How many columns of the table are used: `d` of the exposure ledger, before one-hot.
    public var rawColumnCount: Int { steps.count }

    /// How the table's columns must be read for ``prepare(_:rows:)``.
    public var types: [String: ColumnType] {
        var types: [String: ColumnType] = [:]
        for step in steps {
            switch step {
            case .standardize(let column, _, _): types[column] = .number
            case .oneHot(let column, _): types[column] = .category
            }
        }
        return types
    }

    /// Prepares rows of the table it was fitted on, or of another one with the same columns.
    ///
    /// - Throws: ``TablesError`` for a column that is not there or was read as another type.
    public func prepare(_ table: Table, rows: [Int]) throws(TablesError) -> PreparedMatrix {
        var sources: [Source] = []
        for step in steps { sources.append(try Source(step, table)) }
        var matrix = PreparedMatrix(columnNames: columnNames)
        for row in rows {
            var column = 0
            for source in sources {
                if let (offset, value) = source.nonzero(row) { matrix.append(value, column: column + offset) }
                column += source.width
            }
            matrix.endRow()
        }
        return matrix
    }

    private static func standardize(_ name: String, _ numbers: [Double], _ rows: [Int]) -> Step? {
        let present = rows.lazy.map { numbers[$0] }.filter { !$0.isNaN }
        let count = Double(present.reduce(0) { count, _ in count + 1 })
        guard count > 0 else { return nil }
        let scale = present.reduce(0) { max($0, abs($1)) }
        guard scale > 0 else { return nil }
        // Scaled to one before squaring: the largest doubles have no square.
        let mean = present.reduce(0) { $0 + $1 / scale } / count
        let variance = present.reduce(0) { $0 + ($1 / scale - mean) * ($1 / scale - mean) } / count
        let deviation = variance.squareRoot() * scale
        // Equal values leave a few units of rounding in their mean.
        guard variance.squareRoot() > 0x1p-40 && deviation.isNormal else { return nil }
        return .standardize(column: name, mean: mean * scale, deviation: deviation)
    }

    private static func oneHot(
        _ name: String, _ texts: TextColumn, _ rows: [Int], file: String
    ) throws(TablesError) -> Step? {
        var found: Set<ArraySlice<UInt8>> = []
        for row in rows { found.insert(texts[row]) }
        let varies = found.count > 1
        found.remove([])
        guard found.count <= categoryLimit else {
            throw .tooManyCategories(file: file, column: name, count: found.count, limit: categoryLimit)
        }
        guard varies else { return nil }
        let sorted = found.sorted { $0.lexicographicallyPrecedes($1) }
        return .oneHot(column: name, categories: sorted.map { String(decoding: $0, as: UTF8.self) })
    }
}

/// A step with the table's cells that it works on.
private enum Source {
    case numbers([Double], mean: Double, deviation: Double)
    case texts(TextColumn, places: [ArraySlice<UInt8>: Int])

    init(_ step: Preparation.Step, _ table: Table) throws(TablesError) {
        switch step {
        case .standardize(let name, let mean, let deviation):
            guard case .numbers(let numbers) = try table.column(name).cells else {
                throw .typeChanged(file: table.file, column: name, expected: .number)
            }
            self = .numbers(numbers, mean: mean, deviation: deviation)
        case .oneHot(let name, let categories):
            guard case .texts(let texts) = try table.column(name).cells else {
                throw .typeChanged(file: table.file, column: name, expected: .category)
            }
            let places = categories.enumerated().map { (Array($1.utf8)[...], $0) }
            self = .texts(texts, places: Dictionary(uniqueKeysWithValues: places))
        }
    }

    /// How many prepared columns the step gives.
    var width: Int {
        switch self {
        case .numbers: 1
        case .texts(_, let places): places.count
        }
    }

    /// The one value of a row that may differ from 0, with its place among the step's columns.
    func nonzero(_ row: Int) -> (offset: Int, value: Double)? {
        switch self {
        case .numbers(let numbers, let mean, let deviation):
            guard !numbers[row].isNaN else { return nil }
            let value = (numbers[row] - mean) / deviation
            return (0, min(max(value, -Preparation.bound), Preparation.bound))
        case .texts(let texts, let places):
            return places[texts[row]].map { ($0, 1) }
        }
    }
}
