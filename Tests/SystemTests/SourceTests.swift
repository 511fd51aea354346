#if SQLite && PostgreSQL
import CSQLite
import Compression
import Foundation
import PostgresServer
import RowSources
import Testing

extension System {
    /// Organisations that keep their rows in different places.
    @Suite struct Sources {
        /// 1500 flights in the clear in every run; in the long one all of the demonstration's, under protection.
        private static let isLong = ProcessInfo.processInfo.environment["COLONNADE_LONG_TESTS"] != nil
        private static let rows = isLong ? 30_000 : 1500

        @Test func databasesServeAsFilesDo() async throws {
            try await PostgresServer.with { server in
                try await Federation.with(["airline", "weather", "airport"]) { federation in
                    let flights = try Flights(rows: Self.rows)
                    try federation.write(job, to: "job.yaml")
                    for (party, sheet) in flights.sheets { try federation.write(sheet, at: party) }
                    func describe(_ rows: [String: String]) throws {
                        for (party, data) in rows {
                            let types = party == "airline" ? ", types: \(Flights.types)" : ""
                            try federation.describe(
                                party, rows: "\(data), name: \(party), key: flight_id\(types)",
                                policy: ["exposure-limit": "1"])
                        }
                    }
                    let files = Dictionary(uniqueKeysWithValues: federation.parties.map { ($0, "file: data.csv") })
                    try describe(files)
                    let fromFiles = try await federation.flightsReport(isProtected: Self.isLong)
                    #expect(fromFiles["aligned"] as? Int == Self.rows)

                    try flights.write(server)
                    try flights.write(database: federation.path("weather/weather.db"))
                    let airport = Array((flights.sheets["airport"]?.csv ?? "").utf8)
                    try Data(Zstandard.compress(airport)).write(
                        to: URL(fileURLWithPath: federation.path("airport/airport.csv.zst")))
                    for party in federation.parties {
                        try FileManager.default.removeItem(atPath: federation.path("\(party)/data.csv"))
                    }
                    try describe([
                        "airline": "postgres: \(server.connection), query: SELECT * FROM flights ORDER BY flight_id",
                        "weather": "sqlite: weather.db, table: weather", "airport": "file: airport.csv.zst",
                    ])
                    let fromDatabases = try await federation.flightsReport(isProtected: Self.isLong)
                    for fact in ["aligned", "rounds", "baselines"] {
                        let (one, other) = (fromFiles[fact] as? NSObject, fromDatabases[fact] as? NSObject)
                        #expect(one != nil && one == other, "\(fact): \(String(describing: (one, other)))")
                    }
                    // Models differ by their first weights, which are drawn: all that they are trained on is the same, to the last bit.
                    for party in federation.parties {
                        let (one, other) = (
                            try federation.prepared(by: party, 0), try federation.prepared(by: party, 1)
                        )
                        #expect(one.count > Self.rows && one == other, "\(party)")
                    }
                    // One ledger knows the same rows again.
                    #expect(try fromDatabases.exposure == 2 * fromFiles.exposure)
                    #expect(try abs(fromDatabases.auc - fromFiles.auc) < (Self.isLong ? 0.002 : 0.02))

                    // What people see of them.
                    let shown = try await federation.run("colonnade-party", "check", "airline/party.yaml")
                    #expect(shown.status == 0, "\(shown.errors)")
                    for fact in [
                        "PostgreSQL database 'postgres' at", "\(Self.rows) rows", "distance",
                        "category, as party.yaml says",
                    ] {
                        #expect(shown.output.contains(fact), "\(shown.output)")
                    }
                }
            }
        }

        private let job = """
            name: flights
            parties: {airline: {role: label}, weather: {role: feature}, airport: {role: feature}}
            align: {key: flight_id, protocol: ecdh}
            label: late
            columns:
              airline: [carrier, origin, hour, weekday, month, distance]
              weather: [temp, dewp, humid, wind_x, wind_y, gust, log_precip, pressure, visib]
              airport: [mean_delay_2h, share_late_2h, departures_2h, waiting, scheduled_30m]
            model: {kind: logistic}
            train: {epochs: 2, batch: 256}
            exposure: {limit: 1}

            """
    }
}

extension Federation {
    /// A report of the job over three processes. Initial weights are random; baselines, of which that in one
    /// place sees the rows of all parties, are the same each time.
    fileprivate func flightsReport(isProtected: Bool) async throws -> Report {
        let outcome = try await run(
            "colonnade", "local", "job.yaml", "--json", "--set", "protection=\(isProtected ? "blind" : "none")",
            "--audit",
            within: 600)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let report = try Report(outcome.output)
        let baselines = try #require(report["baselines"] as? [String: Any])
        #expect(baselines["colocated"] != nil)
        return report
    }
}

extension Federation {
    /// What a party's private view says of its prepared rows: the columns, then row by row in the common order, labels too.
    fileprivate func prepared(by party: String, _ attempt: Int) throws -> [Substring] {
        let folder = path("\(party)/state/transcripts")
        let views = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
            $0.hasSuffix("-\(attempt)-\(party).view")
        }
        let view = try #require(views.first)
        return try String(contentsOfFile: "\(folder)/\(view)", encoding: .utf8).split(separator: "\n").filter {
            $0.contains(#""record":"row""#) || $0.contains(#""record":"features""#)
        }
    }
}

extension Report {
    fileprivate var exposure: Double {
        get throws { try #require((self["exposure"] as? [String: Any])?["ratio"] as? Double) }
    }

    fileprivate var auc: Double {
        get throws { try #require((self["metrics"] as? [String: Any])?["auc"] as? Double) }
    }
}

extension Flights {
    /// The airline's, as SQL with the types that a database would give them.
    fileprivate func write(_ server: PostgresServer) throws {
        try server.run(sql("airline", as: "flights", number: "float8"))
    }

    /// The weather office's.
    fileprivate func write(database path: String) throws {
        var connection: OpaquePointer?
        try #require(sqlite3_open(path, &connection) == SQLITE_OK)
        defer { sqlite3_close_v2(connection) }
        try #require(
            sqlite3_exec(connection, sql("weather", as: "weather", number: "REAL"), nil, nil, nil) == SQLITE_OK)
    }

    private func sql(_ party: String, as table: String, number: String) throws -> String {
        let sheet = try #require(sheets[party])
        let columns = sheet.columns.map { "\($0) \(Self.texts.contains($0) ? "text" : number)" }
        let rows = sheet.rows.map { row in
            let cells = zip(sheet.columns, row).map { column, cell in
                cell.isEmpty ? "NULL" : Self.texts.contains(column) ? "'\(cell)'" : cell
            }
            return "(\(cells.joined(separator: ", ")))"
        }
        return "BEGIN; CREATE TABLE \(table) (\(columns.joined(separator: ", "))); "
            + "INSERT INTO \(table) VALUES \(rows.joined(separator: ", ")); COMMIT"
    }
}
#endif
