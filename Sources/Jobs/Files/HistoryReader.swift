internal import Documents
internal import Histories
internal import Tables

extension PartyFile.DataSource {
    /// Reads a party file's `histories`: a mapping of names to what each of them is.
    ///
    /// - Parameter resolve: completes a path that is relative to the party file's folder.
    /// - Throws: `DocumentError` with file, line and field.
    mutating func readHistories(_ fields: inout Document, resolve: (String) -> String) throws(DocumentError) {
        for name in fields.names {
            guard Job.Limits.isName(name) else {
                throw fields.error(name, "1 to 64 letters, digits, '-', '_' or '.' are expected as a history's name")
            }
            var history = try fields.mapping(name)
            histories.append(try self.history(name, &history, resolve: resolve))
            try history.end()
        }
    }

    private func history(
        _ name: String, _ fields: inout Document, resolve: (String) -> String
    ) throws(DocumentError) -> HistorySource {
        let (rows, _) = try Self.origin(&fields, resolve: resolve)
        let entity = try fields.text("entity")
        let given = try fields.optionalText("of")
        let of = given ?? entity
        guard types[of] ?? "category" != "number" else {
            throw fields.error(
                given == nil ? "entity" : "of",
                "data.types reads column '\(of)' as a number, where it names whose history a row looks at")
        }
        let time = try fields.text("time")
        let columns = try fields.optionalTexts("fields") ?? []
        guard !columns.isEmpty, Set(columns).count == columns.count, !columns.contains("") else {
            throw fields.error("fields", "a list of different columns of the events is expected, at least one")
        }
        for (column, problem) in [
            (time, "says when an event became known: what is told of it is the time since the event before"),
            (entity, "is the same in all events of a history"),
            (HistoryEncoding.gapName, "is what the time since the event before is called; rename the column"),
        ] where columns.contains(column) { throw fields.error("fields", "'\(column)' \(problem)") }
        let declared = try fields.optionalTextMapping("types")
        var types: [String: ColumnType] = [:]
        for (column, type) in declared.sorted(by: { $0.key < $1.key }) {
            guard columns.contains(column) else { throw fields.error("types", "'\(column)' is none of the fields") }
            guard ["category", "number", "text"].contains(type) else {
                throw fields.error("types", "column '\(column)': '\(type)' is none of category, number, text")
            }
            types[column] = type == "number" ? .number : .category
        }
        let predicted = try fields.optionalTexts("predict")
        if let predicted {
            let known = columns + [HistoryEncoding.gapName]
            guard !predicted.isEmpty, predicted.allSatisfy(known.contains) else {
                throw fields.error(
                    "predict", "a list of fields is expected, at least one: \(known.joined(separator: ", "))")
            }
        }
        return HistorySource(
            name: name, rows: rows, entity: entity, of: of, time: time, at: try fields.text("at"), fields: columns,
            types: types, predicted: predicted)
    }
}
