public import Scratch
public import Tables

/// What a history is and what rows of the main table see of it, for a person who looks whether it is what was meant.
public struct HistorySummary: Sendable {
    /// Ready to print, without a final newline.
    public let lines: [String]

    /// Reads all events, and looks them up for all rows.
    ///
    /// - Throws: ``HistoriesError`` with the source, the row and the column.
    public init(_ source: HistorySource, of table: Table, in space: WorkingSpace) throws(HistoriesError) {
        let log = try EventLog(reading: source, in: space)
        let rows = try HistoryRows(table, source, in: log)
        // Every row has a moment, or the first without one is named.
        _ = try rows.readouts((0..<table.rowCount).map { $0 })
        let lengths = log.lengths.sorted()
        let nameless = log.nameless == 0 ? "" : ", \(log.nameless) more without \(source.entity) left out"
        let moments = log.moments.map { ", from \($0.lowerBound) to \($0.upperBound)" } ?? ""
        let fields = log.fields.map { field in
            "\(field.name) \(field.type.rawValue)\(source.types[field.name] == nil ? "" : ", as party.yaml says")"
        }
        lines = [
            "\(source.name): \(log.file)",
            "  \(log.events) events by \(source.time)\(moments)\(nameless)",
            "  \(log.entities) histories by \(source.entity), the longest of \(lengths.last ?? 0) events, "
                + "the median of \(lengths.isEmpty ? 0 : lengths[lengths.count / 2])",
            "  fields: \(fields.joined(separator: "; "))",
            "  \(rows.found) of \(table.rowCount) rows, by \(source.of), see events from before \(source.at)",
        ]
    }
}
