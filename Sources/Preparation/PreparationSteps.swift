internal import Tables

extension Preparation.Step {
    /// What a column of numbers becomes; `nil` where it does not vary over the rows.
    init?(_ name: String, _ numbers: [Double], _ rows: [Int]) {
        if rows.allSatisfy({ numbers[$0] == 0 || numbers[$0] == 1 }) {
            guard let first = rows.first, rows.contains(where: { numbers[$0] != numbers[first] }) else { return nil }
            self = .flag(column: name)
            return
        }
        let present = rows.lazy.map { numbers[$0] }.filter { !$0.isNaN }
        guard let moments = Moments(present), moments.varies else { return nil }
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

/// A step with the table's cells that it works on.
struct Source {
    private let cells: Cells
    /// Whether the first column says what is missing.
    private let indicator: Bool
    /// How many prepared columns it gives.
    let width: Int

    private enum Cells {
        case numbers([Double], mean: Double, deviation: Double)
        case piped([Double], NumberPipeline)
        case texts(TextColumn, TextPlaces)
        /// Values by place; the last is of missing texts.
        case weighed(TextColumn, TextPlaces, [Double])
        case ones
    }

    init(_ step: Preparation.Step, _ table: Table) throws(TablesError) {
        width = step.columnNames.count
        indicator = step.indicator
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

    /// Appends a row's values that are not zero.
    ///
    /// - Parameter column: the first of the step's columns.
    func append(_ row: Int, to matrix: inout PreparedMatrix, at column: Int) {
        if indicator, isMissing(row) { matrix.append(1, column: column) }
        guard let (offset, value) = encoded(row) else { return }
        matrix.append(value, column: column + (indicator ? 1 : 0) + offset)
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

extension Table {
    /// Cells of a column that was one of numbers in training.
    func preparedNumbers(_ name: String) throws(TablesError) -> [Double] {
        guard case .numbers(let numbers) = try column(name).cells else {
            throw .typeChanged(file: file, column: name, expected: .number)
        }
        return numbers
    }

    /// Cells of a column that was one of texts in training.
    func preparedTexts(_ name: String) throws(TablesError) -> TextColumn {
        guard case .texts(let texts) = try column(name).cells else {
            throw .typeChanged(file: file, column: name, expected: .category)
        }
        return texts
    }
}
