import Foundation
import RowSources
import Testing

/// Some flights of the example, as each of its organisations has them.
struct Flights {
    static let types = "{hour: category, weekday: category, month: category}"
    static let texts: Set<String> = ["flight_id", "carrier", "origin", "dest"]

    let sheets: [String: Sheet]

    init(rows count: Int) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("parties/flights").path
        var ids: Set<String>?
        var sheets: [String: Sheet] = [:]
        for party in ["airline", "weather", "airport"] {
            var source = try RowOrigin.csv(file: "\(folder)/\(party).csv.zst").open()
            var sheet = Sheet(columns: source.columns, rows: [])
            let key = try #require(source.columns.firstIndex(of: "flight_id"))
            var row = Row()
            while try sheet.rows.count < count && source.next(&row) {
                let id = String(decoding: row[key], as: UTF8.self)
                guard ids?.contains(id) ?? true else { continue }
                sheet.rows.append(row.ends.indices.map { String(decoding: row[$0], as: UTF8.self) })
            }
            if ids == nil { ids = Set(sheet.rows.map { $0[key] }) }
            sheets[party] = sheet
        }
        self.sheets = sheets
    }
}

extension Federation {
    /// Whose organisations the example's are.
    static let aviation = ["airline", "weather", "airport"]

    /// Gives the organisations their flights, and says what the airline's numbers are.
    func write(_ flights: Flights, policy: [String: String]) throws {
        for (party, sheet) in flights.sheets {
            try write(sheet, at: party)
            let types = party == "airline" ? ", types: \(Flights.types)" : ""
            try describe(party, rows: "file: data.csv, name: \(party), key: flight_id\(types)", policy: policy)
        }
    }
}
