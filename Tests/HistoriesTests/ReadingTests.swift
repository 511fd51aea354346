import Foundation
import Histories
import HistoryTower
import RowSources
import Scratch
import Tables
import Testing

#if SQLite
import CSQLite
#endif

/// Where events are read from, what is said of those that cannot be read, and how much memory they take.
@Suite struct ReadingTests {
    @Test func orderDoesNotDependOnTheSource() throws {
        var generator = SplitMix(state: 9)
        let events = MadeEvent.random(500, entities: 9, moments: 90, words: 9, from: &generator)
        let folder = try Folder()
        let source = try folder.source(MadeEvent.csv(events), fields: ["word", "number"])
        let other = try folder.source(
            MadeEvent.csv(events.sorted { $0.time < $1.time }), fields: ["word", "number"], name: "sorted.csv")
        let (log, sorted) = (try folder.log(source), try folder.log(other))
        let encoding = try HistoryEncoding(fitting: log, before: 100)
        func parts(_ log: EventLog) throws -> Set<[Int32]> {
            let histories = try encoding.histories(log)
            return Set(
                zip(histories.starts, histories.starts.dropFirst()).map { start, end in
                    histories.codes.flatMap { $0[start..<end] } + histories.gaps[start..<end].map { Int32($0) }
                })
        }
        #expect(try parts(log) == parts(sorted))
        #expect(log.moments?.lowerBound.seconds == events.map(\.time).min())
        #expect(log.moments?.upperBound.seconds == events.map(\.time).max())
    }

    #if SQLite
    @Test func csvAndSQLiteAreTheSame() throws {
        var generator = SplitMix(state: 10)
        let events = MadeEvent.random(400, entities: 9, moments: 90, words: 9, from: &generator)
        let folder = try Folder()
        let csv = try folder.source(MadeEvent.csv(events), fields: ["number", "word"])
        var sqlite = csv
        sqlite.rows = .sqlite(file: folder.path + "/events.db", .table("events"))
        try database(
            folder.path + "/events.db",
            "create table events (who text, time integer, word text, number real, unused blob);"
                + events.map { event in
                    "insert into events values ('\(event.who)', \(event.time), '\(event.word)', "
                        + "\(event.number.map { "\($0)" } ?? "null"), 'x');"
                }.joined())
        let (one, other) = (try folder.log(csv), try folder.log(sqlite))
        let encoding = try HistoryEncoding(fitting: one, before: 80)
        #expect(try encoding == HistoryEncoding(fitting: other, before: 80))
        let (histories, same) = (try encoding.histories(one), try encoding.histories(other))
        #expect(histories.starts == same.starts && histories.gaps == same.gaps)
        #expect(histories.codes == same.codes && histories.numbers == same.numbers)
    }

    private func database(_ path: String, _ statements: String) throws {
        var connection: OpaquePointer?
        #expect(sqlite3_open(path, &connection) == SQLITE_OK)
        defer { sqlite3_close(connection) }
        #expect(sqlite3_exec(connection, "begin;\(statements)commit;", nil, nil, nil) == SQLITE_OK)
    }
    #endif

    @Test(arguments: [
        ("who,time,x\na,1,1\n", "who,at,id\na,soon,1\n", "rows.csv, line 2, column 'at': no moment"),
        ("who,time,x\na,1,1\n", "who,at,id\na,5,1\na,,2\n", "rows.csv, line 3, column 'at': the moment is missing"),
        ("who,time,x\na,1,1\n", "who,at,id\na,2013-01-01,1\n", "dates in one and numbers in the other"),
        ("who,time,x\na,2013-01-01,1\n", "who,at,id\na,5,1\n", "dates in one and numbers in the other"),
        ("who,time,x\na,1,1\nb,2013-02-30,1\n", "who,at,id\na,5,1\n", "events.csv, line 3, column 'time': no moment"),
        ("who,time,x\na,1,1\nb,2013-02-28,1\n", "who,at,id\na,5,1\n", "events.csv, line 3, column 'time': dates and"),
        ("who,time,x\na,1,1\nb,,1\n", "who,at,id\na,5,1\n", "events.csv, line 3, column 'time': the moment is missing"),
        ("who,when,x\na,1,1\n", "who,at,id\na,5,1\n", "events.csv: no column 'time'; there are who, when, x"),
        ("whose,time,x\na,1,1\n", "who,at,id\na,5,1\n", "events.csv: no column 'who'; there are whose, time, x"),
        ("who,time,y\na,1,1\n", "who,at,id\na,5,1\n", "events.csv: no column 'x'; there are who, time, y"),
        ("who,time,x\na,1,1\n", "who,known,id\na,5,1\n", "rows.csv: no column 'at'; there are who, known, id"),
        ("who,time,x\na,1,1\n", "whose,at,id\na,5,1\n", "rows.csv: no column 'who'; there are whose, at, id"),
        (
            "who,time,x\na,1,1\na,2,2\na,3,q\n", "who,at,id\na,5,1\n",
            "events.csv, line 4, column 'x': text where a number"
        ),
        ("who,time,x\n", "who,at,id\na,5,1\n", "events.csv: there are no rows"),
        ("who,time,x\na,7,1\n", "who,at,id\na,5,1\n", "events.csv: no event before 5"),
        ("who,time,x\na,2013-02-01,1\n", "who,at,id\na,2013-01-31,1\n", "no event before 2013-01-31T00:00:00Z"),
    ]) func errors(events: String, rows: String, problem: String) throws {
        let folder = try Folder()
        let source = try folder.source(events, fields: ["x"])
        let types: [String: ColumnType] = rows.hasPrefix("who,") ? ["who": .category] : [:]
        let table = try folder.table(rows, types: types)
        let error = #expect(throws: HistoriesError.self) {
            let log = try folder.log(source)
            let rows = try HistoryRows(table, source, in: log)
            let all = Array(0..<table.rowCount)
            _ = try HistoryEncoding(fitting: log, before: rows.latest(of: all))
            _ = try rows.readouts(all)
        }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
        // What needs no rows to be read is found without them.
        guard problem.contains("no column") else { return }
        #expect(throws: HistoriesError.self) { try source.check(table) }
    }

    @Test func entitiesThatWereReadAsNumbers() throws {
        let folder = try Folder()
        let source = try folder.source("who,time,x\n7,1,1\n", fields: ["x"])
        let log = try folder.log(source)
        #expect(throws: HistoriesError.numericEntity(file: folder.path + "/rows.csv", column: "who")) {
            try HistoryRows(folder.table("id,who,at\n1,7,5\n", types: [:]), source, in: log)
        }
        let rows = try HistoryRows(folder.table("id,who,at\n1,7,5\n2,07,5\n"), source, in: log)
        #expect(try rows.readouts([0, 1]).map(\.entity) == [0, -1])
    }

    @Test func fieldsThatAModelLacksOrKnowsOtherwise() throws {
        let folder = try Folder()
        let source = try folder.source("who,time,x,y\na,1,1,q\n", fields: ["x", "y"])
        let encoding = try HistoryEncoding(fitting: folder.log(source), before: 5)
        var narrow = source
        narrow.fields = ["y"]
        #expect(throws: HistoriesError.self) { try encoding.histories(folder.log(narrow)) }
        var other = source
        other.types = ["x": .category]
        #expect(throws: HistoriesError.self) { try encoding.histories(folder.log(other)) }
        #expect(throws: Never.self) { try encoding.histories(folder.log(other.reading(as: encoding))) }
    }

    /// A million of them with the long tests.
    @Test func manyEventsAreReadAndTooManyAreRefused() throws {
        let count = ProcessInfo.processInfo.environment["COLONNADE_LONG_TESTS"] == nil ? 100_000 : 1_000_000
        let folder = try Folder()
        let path = folder.path + "/many.csv"
        try writeMany(count, to: path)
        let source = HistorySource(
            name: "many", rows: .csv(file: path), entity: "card", time: "time", at: "at",
            fields: ["amount", "shop", "country", "hour"], types: ["hour": .category])
        let log = try EventLog(
            reading: source, in: WorkingSpace(memory: 64 * count + (1 << 24), folder: folder.path))
        let encoding = try HistoryEncoding(fitting: log, before: 1_000_000_000)
        let histories = try encoding.histories(log)
        #expect(log.events == count && histories.gaps.count == count && log.entities == min(count, 20_000))
        #expect(encoding.schema.fields.map(\.name) == ["amount", "shop", "country", "hour", "gap"])
        #expect(throws: HistoriesError.self) {
            try EventLog(reading: source, in: WorkingSpace(memory: 16 * count, folder: folder.path))
        }
    }

    private func writeMany(_ count: Int, to path: String) throws {
        var generator = SplitMix(state: 3)
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        var text = "card,time,unused,amount,shop,country,hour\n"
        for event in 0..<count {
            let draw = generator.next()
            text +=
                "card-\(event < 20_000 ? event : Int(draw % 20_000)),\(1_300_000_000 / 2 + event),abc,"
                + "\(Double(draw >> 20 & 0xffff) / 100),shop \(draw >> 40 % 3000 & 2047),C\(draw >> 50 & 63),\(draw >> 58 % 24)\n"
            if text.utf8.count > 1 << 20 || event == count - 1 {
                try file.write(contentsOf: Data(text.utf8))
                text.removeAll(keepingCapacity: true)
            }
        }
        try file.close()
    }
}
