internal import Kernels

/// Where a decoder's events enter: the sum of what is made of their fields, their numbers and the time since the event before.
final class DecoderEntrance {
    /// Where the embedded codes of a field come from.
    private enum Source {
        case parameters(Embedding, InputSlice)
        /// Of a large field.
        case file(TableFile)
    }

    private let sources: [Source]
    private let numbers: DecoderParameters.Product?
    private let gap: (kernel: TimeGap, weights: InputSlice, bias: InputSlice)
    private let numberRows: FloatMemory
    private let gapRows: FloatMemory

    init(_ schema: EventSchema, _ parameters: DecoderParameters, _ tables: OpenTables?, width: Int, chunk: Int) {
        var files = (tables?.files ?? [])[...]
        sources = schema.fields.map { field in
            if field.isLarge {
                guard let file = files.popFirst() else { preconditionFailure("a large field has a table") }
                return .file(file)
            }
            let table = parameters.table("events.\(field.name)")
            return .parameters(table.embedding, table.values)
        }
        numbers = schema.numbers > 0 ? parameters.product("events.numbers") : nil
        gap = (
            TimeGap(columns: width, unit: schema.timeUnit), parameters.vector("events.gap weights"),
            parameters.vector("events.gap bias")
        )
        numberRows = FloatMemory(count: chunk * schema.numbers)
        gapRows = FloatMemory(count: chunk)
    }

    var products: [DecoderParameters.Product] { [numbers].compactMap(\.self) }

    /// - Parameters:
    ///   - events: among those of all entities.
    ///   - isFirst: whether the first of them is the first of its history.
    ///   - stream: where they enter: events x width.
    ///   - part: scratch of the same size.
    func enter(
        _ histories: EventHistories, _ events: Range<Int>, isFirst: Bool, _ rows: Rows, into stream: OutputSlice,
        beside part: OutputSlice
    ) throws(HistoryTowerError) {
        let columns = gap.kernel.columns
        for (field, source) in sources.enumerated() {
            try embed(source, histories.codes[field], events, into: field == 0 ? stream : part)
            if field > 0 { rows.add(part, to: stream, columns: columns) }
        }
        if let numbers {
            let width = histories.numbers.count
            for (column, values) in histories.numbers.enumerated() {
                for (row, event) in events.enumerated() { numberRows.start[row * width + column] = values[event] }
            }
            rows.multiply(numbers, numberRows.start, into: part)
            rows.add(part, to: stream, columns: columns)
        }
        for (row, event) in events.enumerated() { gapRows.start[row] = histories.gaps[event] }
        if isFirst { gapRows.start[0] = 0 }
        gap.kernel.forward(
            stream, gaps: gapRows.start, weights: gap.weights, bias: gap.bias, into: stream, rows: 0..<events.count)
    }

    private func embed(
        _ source: Source, _ codes: [Int32], _ events: Range<Int>, into target: OutputSlice
    ) throws(HistoryTowerError) {
        switch source {
        case .parameters(let embedding, let table):
            codes[events].withUnsafeBufferPointer { codes in
                guard let codes = codes.baseAddress else { return }
                embedding.gather(table, codes, into: target, rows: 0..<events.count)
            }
        case .file(let file):
            var pack = Pack()
            pack.add(Window(first: events.lowerBound, count: events.count))
            try file.embed(PackRows(pack, codes), into: target)
        }
    }
}
