import Histories
import HistoryTower
import Tables
import Testing

/// What a row sees is held against a plain filter over the events as they were made.
@Suite struct NoFutureTests {
    @Test(arguments: 0..<12) func rowsSeeWhatAPlainFilterLeaves(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        let count = Int.random(in: 1...600, using: &generator)
        let events = MadeEvent.random(count, entities: 20, moments: 50, words: 12, from: &generator)
        let rows = (0..<200).map { row in
            let who = "e\(Int.random(in: 0..<24, using: &generator))"
            return (id: row, who: who, at: Int.random(in: -2...53, using: &generator))
        }
        let folder = try Folder()
        let source = try folder.source(MadeEvent.csv(events), fields: ["word", "number"], types: ["number": .number])
        let log = try folder.log(source)
        let table = try folder.table("id,who,at\n" + rows.map { "\($0.id),\($0.who),\($0.at)\n" }.joined())
        let asking = try HistoryRows(table, source, in: log)
        let encoding = try HistoryEncoding(fitting: log, before: 100, .init(rare: 0))
        let (histories, words) = (try encoding.histories(log), try words(of: encoding, in: folder))
        let readouts = try asking.readouts(rows.map(\.id))
        var found = 0
        for (row, readout) in zip(rows, readouts) {
            // A stable sort, as the standard library's is.
            let own = events.filter { $0.who == row.who }.sorted { $0.time < $1.time }
            let seen = own.filter { $0.time < row.at }
            found += seen.isEmpty ? 0 : 1
            let since = seen.last.map { row.at - $0.time } ?? 0
            #expect(readout.events == seen.count && readout.gap == Float(since) && (readout.entity < 0) == own.isEmpty)
            guard readout.entity >= 0 else { continue }
            let start = histories.starts[readout.entity]
            #expect(histories.starts[readout.entity + 1] - start == own.count)
            let places = start..<start + readout.events
            let gaps = zip(seen, seen.dropFirst()).map { Float($1.time - $0.time) }
            #expect(Array(histories.gaps[places]) == (seen.isEmpty ? [] : [0] + gaps))
            #expect(histories.codes[0][places].map { words[Int($0)] } == seen.map(\.word))
            #expect(histories.codes[1][places].map { $0 == 0 } == seen.map { $0.number == nil })
        }
        #expect(asking.found == found)
        #expect(try asking.latest(of: rows.map(\.id)) == rows.map(\.at).max())
    }

    /// The texts of codes, found by encoding events that have one each.
    private func words(of encoding: HistoryEncoding, in folder: Folder) throws -> [String] {
        let words = (1...13).map { "w\($0)" }
        let events = words.map { MadeEvent(who: $0, time: 1, word: $0, number: 1) }
        let source = try folder.source(MadeEvent.csv(events), fields: ["word", "number"], name: "words.csv")
        let codes = try encoding.histories(try folder.log(source.reading(as: encoding))).codes[0]
        var texts = [String](repeating: "", count: encoding.schema.fields[0].codes)
        for (word, code) in zip(words, codes) where code > 0 { texts[Int(code)] = word }
        return texts
    }

    @Test func whatComesLaterChangesNothing() throws {
        var generator = SplitMix(state: 77)
        // In the order of time, so that entities have the same numbers with what comes later and without.
        let events = MadeEvent.random(2000, entities: 30, moments: 100, words: 12, from: &generator)
            .sorted { $0.time < $1.time }
        let early = events.filter { $0.time < 60 }
        let folder = try Folder()
        func log(_ events: [MadeEvent]) throws -> EventLog {
            try folder.log(
                folder.source(MadeEvent.csv(events), fields: ["word", "number"], types: ["number": .number]))
        }
        let (all, known) = (try log(events), try log(early))
        let encoding = try HistoryEncoding(fitting: all, before: 60)
        #expect(try encoding == HistoryEncoding(fitting: known, before: 60))
        let (left, alone) = (try encoding.histories(all, before: 60), try encoding.histories(known))
        // Entities that only come later have no events.
        #expect(left.starts.prefix(alone.starts.count) == alone.starts[...])
        #expect(left.codes == alone.codes && left.numbers == alone.numbers && left.gaps == alone.gaps)
        #expect(left.starts.last == early.count)
        #expect(all.lengths(before: 60).reduce(0, +) == early.count)
        #expect(all.lengths.reduce(0, +) == events.count)
    }

    @Test func rowsWithoutAHistory() throws {
        let folder = try Folder()
        let source = try folder.source("who,time,x\na,5,1\n,6,1\nb,7,2\n", fields: ["x"])
        let log = try folder.log(source)
        #expect(log.entities == 2 && log.events == 2 && log.nameless == 1)
        let rows = try HistoryRows(
            folder.table("id,who,at\n1,a,5\n2,a,6\n3,,9\n4,c,9\n5, b ,9\n"), source, in: log)
        let none = Readout(entity: -1, events: 0, gap: 0)
        #expect(
            try rows.readouts([0, 1, 2, 3, 4, nil]) == [
                Readout(entity: 0, events: 0, gap: 0), Readout(entity: 0, events: 1, gap: 1), none, none,
                Readout(entity: 1, events: 1, gap: 2), none,
            ])
    }
}
