import Documents
import Foundation
import Histories
import Jobs
import RowSources
import Scratch
import Tables
import Testing

/// What a party file says of its event histories, and what that means for its main table.
@Suite struct HistoryReaderTests {
    private func read(_ histories: String, data: String = "file: data.csv\nkey: id") throws -> [HistorySource] {
        try PartyFile.reading("histories:\n  " + histories.replacingOccurrences(of: "\n", with: "\n  "), data: data)
            .data.histories
    }

    @Test func everyKindOfSource() throws {
        let histories = try read(
            """
            aircraft: {file: /d/a.csv.zst, entity: tail, of: aircraft, time: left, at: known, fields: [x, h], types: {h: category}}
            route: {sqlite: /d/b.db, query: select 1, entity: route, time: t, at: known, fields: [x]}
            card: {postgres: host=h dbname=d, table: e, entity: c, time: t, at: u, fields: [z, y], types: {y: number, z: text}}
            lines: {file: /d/c.tsv, separator: tab, header: false, entity: c1, of: id, time: c2, at: u, fields: [c3]}
            """)
        #expect(
            histories == [
                HistorySource(
                    name: "aircraft", rows: .csv(file: "/d/a.csv.zst"), entity: "tail", of: "aircraft", time: "left",
                    at: "known", fields: ["x", "h"], types: ["h": .category]),
                HistorySource(
                    name: "route", rows: .sqlite(file: "/d/b.db", .query("select 1")), entity: "route", time: "t",
                    at: "known", fields: ["x"]),
                HistorySource(
                    name: "card", rows: .postgres(connection: "host=h dbname=d", .table("e")), entity: "c", time: "t",
                    at: "u", fields: ["z", "y"], types: ["y": .number, "z": .category]),
                HistorySource(
                    name: "lines", rows: .csv(file: "/d/c.tsv", CSVFormat(names: .numbered, separator: 9)),
                    entity: "c1",
                    of: "id", time: "c2", at: "u", fields: ["c3"]),
            ])
        #expect(
            try read("a: {file: e.csv, entity: a, time: t, at: u, fields: [x]}")[0].rows.file?.hasSuffix("/e.csv")
                == true)
        let predicting = try read("a: {file: e.csv, entity: a, time: t, at: u, fields: [x, y], predict: [y, gap]}")
        #expect(predicting[0].predicted == ["y", "gap"])
        #expect(try PartyFile.reading("").data.histories.isEmpty)
    }

    @Test(arguments: [
        ("a: {entity: a, time: t, at: u, fields: [x]}", "histories.a.file", "one of file, sqlite, postgres"),
        ("a: {file: e, time: t, at: u, fields: [x]}", "histories.a.entity", "is missing"),
        ("a: {file: e, entity: a, at: u, fields: [x]}", "histories.a.time", "is missing"),
        ("a: {file: e, entity: a, time: t, fields: [x]}", "histories.a.at", "is missing"),
        ("a: {file: e, entity: a, time: t, at: u}", "histories.a.fields", "at least one"),
        ("a: {file: e, entity: a, time: t, at: u, fields: []}", "histories.a.fields", "at least one"),
        ("a: {file: e, entity: a, time: t, at: u, fields: [x, x]}", "histories.a.fields", "different"),
        ("a: {file: e, entity: a, time: t, at: u, fields: [x, t]}", "histories.a.fields", "'t' says when"),
        ("a: {file: e, entity: a, time: t, at: u, fields: [a]}", "histories.a.fields", "'a' is the same"),
        ("a: {file: e, entity: a, time: t, at: u, fields: [gap]}", "histories.a.fields", "rename the column"),
        (
            "a: {file: e, entity: a, time: t, at: u, fields: [x], types: {y: number}}", "histories.a.types",
            "none of the"
        ),
        ("a: {file: e, entity: a, time: t, at: u, fields: [x], types: {x: date}}", "histories.a.types", "'date'"),
        ("a: {file: e, entity: a, time: t, at: u, fields: [x], predict: [y]}", "histories.a.predict", "x, gap"),
        ("a: {file: e, entity: a, time: t, at: u, fields: [x], predict: []}", "histories.a.predict", "at least one"),
        ("a: {file: e, entity: a, time: t, at: u, fields: [x], window: 3}", "histories.a.window", "not a field"),
        ("a: {file: e, query: q, entity: a, time: t, at: u, fields: [x]}", "histories.a.query", "'file'"),
        ("a b: {file: e, entity: a, time: t, at: u, fields: [x]}", "histories.a b", "a history's name"),
        ("a: x", "histories.a", "mapping"),
    ]) func refusals(history: String, field: String, problem: String) {
        let error = #expect(throws: DocumentError.self) { try read(history) }
        #expect(error?.field == field)
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
        #expect(error?.line ?? 0 >= 9)
    }

    @Test func entitiesAreNoNumbers() {
        let data = "file: data.csv\nkey: id\ntypes: {card: number}"
        for (history, field) in [("entity: card", "entity"), ("entity: c, of: card", "of")] {
            let error = #expect(throws: DocumentError.self) {
                try read("a: {file: e, \(history), time: t, at: u, fields: [x]}", data: data)
            }
            #expect(error?.field == "histories.a.\(field)")
        }
    }

    @Test func columnsThatLeadIntoHistories() throws {
        let folder = NSTemporaryDirectory() + "colonnade-histories-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "id,card,moment,x\n1,007,5,1\n2,8,6,2\n".write(
            toFile: folder + "/data.csv", atomically: false, encoding: .utf8)
        try "card,t,y\n7,1,1\n007,2,2\n".write(toFile: folder + "/events.csv", atomically: false, encoding: .utf8)
        let lines = """
            histories:
              cards: {file: events.csv, entity: card, time: t, at: moment, fields: [y]}
            """
        let file = try PartyFile.reading(lines, in: folder)
        let dataset = try Dataset(file.data, in: WorkingSpace(folder: folder))
        #expect(try dataset.table.column("card").type == .category)
        #expect(dataset.offered(by: file.policy).map(\.name) == ["x"])
        let wide = try PartyFile.reading(lines + "\npolicy: {offer: [x, card]}", in: folder)
        #expect(dataset.offered(by: wide.policy).map(\.name) == ["card", "x"])

        let source = try dataset.history("cards")
        try source.check(dataset.table)
        let log = try EventLog(reading: source, in: dataset.table.space)
        let readouts = try HistoryRows(dataset.table, source, in: log).readouts([0, 1])
        #expect(readouts.map(\.entity) == [1, -1] && readouts[0].gap == 3)
        #expect(throws: HistoriesError.unknown(history: "card", available: ["cards"])) { try dataset.history("card") }
    }
}
