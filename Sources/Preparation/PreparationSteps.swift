internal import Scratch
internal import Tables

extension Preparation.Step {
    /// What a column of numbers becomes; `nil` where it does not vary.
    ///
    /// - Parameter numbers: Those of the training rows.
    init?(_ name: String, _ numbers: [Double]) {
        if numbers.allSatisfy({ $0 == 0 || $0 == 1 }) {
            guard let first = numbers.first, numbers.contains(where: { $0 != first }) else { return nil }
            self = .flag(column: name)
            return
        }
        guard let moments = Moments(numbers.lazy.filter { !$0.isNaN }), moments.varies else { return nil }
        self = .standardize(column: name, mean: moments.mean, deviation: moments.deviation)
    }
}

extension Preparation.Step {
    /// What a column of texts becomes: without gaps that are looked at and without a column of rare ones, the plain step.
    init(_ name: String, _ pipeline: TextPipeline) {
        if !pipeline.indicator, pipeline.fill == nil, case .oneHot(let categories, false) = pipeline.encoding {
            self = .oneHot(column: name, categories: categories)
        } else {
            self = .texts(column: name, pipeline)
        }
    }

    /// The names of its columns.
    var columnNames: [String] {
        switch self {
        case .standardize(let column, _, _), .flag(let column): [column]
        case .oneHot(let column, let categories): categories.map { "\(column)=\($0)" }
        case .ones: ["1"]
        case .numbers(let column, let pipeline): pipeline.names(column)
        case .texts(let column, let pipeline): pipeline.names(column)
        }
    }

    /// Whether its first column says what is missing.
    var indicator: Bool {
        switch self {
        case .numbers(_, let pipeline): pipeline.indicator
        case .texts(_, let pipeline): pipeline.indicator
        case .standardize, .flag, .oneHot, .ones: false
        }
    }
}

extension Preparation.Step {
    /// Whether its values can be others than 0 and 1.
    var hasValues: Bool {
        switch self {
        case .standardize, .flag, .numbers: true
        case .texts(_, let pipeline): if case .weights = pipeline.encoding { true } else { false }
        case .oneHot, .ones: false
        }
    }
}

/// A step with the table's cells that it works on.
struct Source {
    private let cells: Cells
    /// Whether the first column says what is missing.
    private let indicator: Bool
    private let hasValues: Bool

    /// Bytes of what a row becomes: see ``PreparedCells``.
    static let cellSize = MemoryLayout<Int32>.size + MemoryLayout<Double>.size

    private enum Cells {
        case numbers([Double], mean: Double, deviation: Double)
        case piped([Double], NumberPipeline)
        case texts(TextColumn, TextPlaces)
        /// Values by place; the last is of missing texts.
        case weighed(TextColumn, TextPlaces, [Double])
        case ones
    }

    init(_ step: Preparation.Step, _ table: Table) throws(TablesError) {
        (indicator, hasValues) = (step.indicator, step.hasValues)
        switch step {
        case .standardize(let name, let mean, let deviation):
            cells = .numbers(try table.preparedNumbers(name), mean: mean, deviation: deviation)
        case .flag(let name):
            cells = .numbers(try table.preparedNumbers(name), mean: 0, deviation: 1)
        case .numbers(let name, let pipeline):
            cells = .piped(try table.preparedNumbers(name), pipeline)
        case .oneHot(let name, let categories):
            let encoding = TextPipeline.Encoding.oneHot(categories: categories, hasRare: false)
            cells = .texts(try table.preparedTexts(name), TextPlaces(encoding, fill: nil))
        case .texts(let name, let pipeline):
            let (texts, places) = (
                try table.preparedTexts(name), TextPlaces(pipeline.encoding, fill: pipeline.fill)
            )
            if case .weights(_, let weights, let other, let missing) = pipeline.encoding {
                cells = .weighed(texts, places, weights + [other, missing])
            } else {
                cells = .texts(texts, places)
            }
        case .ones:
            cells = .ones
        }
    }

    /// Writes what rows become, as ``PreparedCells`` are read.
    func write(_ rows: ArraySlice<UInt32>, to writer: inout SpoolWriter) throws(ScratchError) {
        var codes: [Int32] = []
        var values: [Double] = []
        codes.reserveCapacity(rows.count)
        if hasValues { values.reserveCapacity(rows.count) }
        for row in rows {
            let encoded = encoded(Int(row))
            codes.append(PreparedCells.code(encoded?.offset, isMissing: indicator && isMissing(Int(row))))
            if hasValues { values.append(encoded?.value ?? 0) }
        }
        try writer.append(codes)
        if hasValues { try writer.append(values) }
    }

    private func isMissing(_ row: Int) -> Bool {
        switch cells {
        case .numbers(let numbers, _, _), .piped(let numbers, _): numbers[row].isNaN
        case .texts(let texts, _), .weighed(let texts, _, _): texts[row].isEmpty
        case .ones: false
        }
    }

    /// The one value of a row's encoding that may differ from 0, with its place.
    private func encoded(_ row: Int) -> (offset: Int, value: Double)? {
        switch cells {
        case .numbers(let numbers, let mean, let deviation):
            guard !numbers[row].isNaN else { return nil }
            let value = (numbers[row] - mean) / deviation
            return (0, value.bounded)
        case .piped(let numbers, let pipeline): return pipeline.encoded(numbers[row])
        case .texts(let texts, let places): return places[texts[row]].map { ($0, 1) }
        case .weighed(let texts, let places, let values):
            return (0, values[places[texts[row]] ?? values.count - 1].bounded)
        case .ones: return (0, 1)
        }
    }
}

/// What consecutive rows become by one step: for each row which of the step's columns is not 0, and, where it can be anything but 1, its
/// value.
struct PreparedCells {
    /// Stands for no column.
    private static let none: Int32 = 1 << 30 - 1
    /// Added where a first column says that the cell is missing.
    private static let missing: Int32 = 1 << 30

    private let codes: [Int32]
    private let values: [Double]?
    private let indicator: Bool

    static func code(_ offset: Int?, isMissing: Bool) -> Int32 {
        (offset.map { Int32($0) } ?? none) + (isMissing ? missing : 0)
    }

    init(_ blocks: RowBlocks, column: Int, block: Int, _ step: Preparation.Step) throws(ScratchError) {
        indicator = step.indicator
        codes = try blocks.numbers(column: column, block: block)
        values =
            step.hasValues
            ? try blocks.numbers(column: column, block: block, after: codes.count * MemoryLayout<Int32>.size) : nil
    }

    /// Appends a row's values that are not zero.
    ///
    /// - Parameter column: the first of the step's columns.
    func append(_ row: Int, to matrix: inout PreparedMatrixWriter, at column: Int) {
        let code = codes[row]
        if code >= Self.missing { matrix.append(1, column: column) }
        let offset = code >= Self.missing ? code - Self.missing : code
        guard offset != Self.none else { return }
        matrix.append(values?[row] ?? 1, column: column + (indicator ? 1 : 0) + Int(offset))
    }
}

extension Table {
    /// Cells of a column that was one of numbers in training.
    func preparedNumbers(_ name: String) throws(TablesError) -> [Double] {
        guard case .numbers(let numbers) = try column(name).cells() else {
            throw .typeChanged(file: file, column: name, expected: .number)
        }
        return numbers
    }

    /// Cells of a column that was one of texts in training.
    func preparedTexts(_ name: String) throws(TablesError) -> TextColumn {
        guard case .texts(let texts) = try column(name).cells() else {
            throw .typeChanged(file: file, column: name, expected: .category)
        }
        return texts
    }
}
