import Foundation
import HistoryCache
import Testing

/// Processes that are killed at any moment: what is left is what they leave, or its journal's end is torn.
@Suite struct KillTests {
    static let shape = CacheShape(
        layers: 2, heads: 1, dimension: 8, outputs: 1, events: 250, budget: 0.2, rest: .estimated)

    /// Commits of one event, of many, of another entity, of code books, and a removal; with the journal's length after each.
    private static func history(_ path: String) throws -> [(journal: Int, count: Int, others: Int)] {
        let store = try HistoryStore(creating: path, model: model, shape: shape)
        let (cache, rows) = (try store.cache(someone), Rows(shape: shape))
        var marks = [(store.statistics.journalBytes, 0, 0)]
        func mark() {
            marks.append(
                (store.statistics.journalBytes, cache.count, store.statistics.entities - (cache.count > 0 ? 1 : 0)))
        }
        for step in 0..<10 {
            switch step {
            case 3: try store.cache([7]).add(130, rows)
            case 5: try store.remove([7])
            case 6: try cache.learn(iterations: .fixed(2))
            case 8: try store.synchronise()
            default: try cache.add([1, 51, 2, 0, 200, 0, 0, 1, 0, 3][step], rows)
            }
            mark()
        }
        return marks
    }

    /// An entity that was never interrupted: the same steps up to a count.
    private static func expected(_ count: Int, learned: Bool, in folder: Folder) throws -> [[UInt32]] {
        let path = folder.path + "/whole-\(UUID().uuidString)"
        let cache = try HistoryStore(creating: path, model: model, shape: shape).cache(someone)
        let rows = Rows(shape: shape)
        for events in [1, 51, 2, 200] where cache.count < count { try cache.add(events, rows) }
        if learned { try cache.learn(iterations: .fixed(2)) }
        for events in [1, 3] where cache.count < count { try cache.add(events, rows) }
        #expect(cache.count == count)
        return bits(try cache.add(70, rows))
    }

    /// Cut, or with a byte changed, at each byte of the journal behind its beginning: what was committed before that is there, and
    /// goes on with the same bits.
    @Test(arguments: [true, false]) func anyEndOfTheJournalIsTheStateBefore(isCut: Bool) throws {
        let folder = try Folder()
        let marks = try Self.history(folder.store)
        let path = folder.store + "/journal"
        let journal = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(journal.count == marks.last?.journal)
        var wanted: [Int: [[UInt32]]] = [:]
        let looked = try folder.copy("looked")
        for place in marks[0].journal..<journal.count {
            var damaged = isCut ? journal.prefix(place) : journal
            if !isCut { damaged[place] ^= UInt8(1 << (place % 8)) }
            let index = try #require(marks.lastIndex { $0.journal <= place })
            // Where a record ends, and now and then within, the store goes on, and is copied for that as the killed process left it.
            let goesOn = marks.contains { $0.journal == place } || place % 31 == 0
            let copy = goesOn ? try folder.copy("damaged-\(place)") : looked
            try damaged.write(to: URL(fileURLWithPath: copy + "/journal"))
            let store = try HistoryStore(opening: copy, model: model, shape: Self.shape)
            let cache = try store.cache(someone)
            let others = store.statistics.entities - (cache.count > 0 ? 1 : 0)
            #expect(cache.count == marks[index].count && others == marks[index].others)
            guard goesOn else { continue }
            let expected = try wanted[index] ?? Self.expected(cache.count, learned: index >= 7, in: folder)
            wanted[index] = expected
            #expect(bits(try cache.add(70, Rows(shape: Self.shape))) == expected, "byte \(place)")
            try FileManager.default.removeItem(atPath: copy)
        }
        #expect(wanted.count == marks.count - 1)
    }

    /// Killed while it attends, learns and commits as fast as it can.
    @Test(arguments: [1, 20, 120]) func aKilledProcessLosesNothing(milliseconds: Int) async throws {
        let folder = try Folder()
        let (path, wait) = (folder.store, UInt32(milliseconds * 1000))
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, wait = wait as UInt32] in
            let cache = try HistoryStore(creating: path, model: model, shape: KillTests.shape).cache(someone)
            try cache.add(1, Rows(shape: KillTests.shape))
            Thread.detachNewThread {
                usleep(wait)
                kill(getpid(), SIGKILL)
            }
            while true { try cache.add(1, Rows(shape: KillTests.shape)) }
        }
        let rows = Rows(shape: Self.shape)
        let cache = try HistoryStore(creating: path, model: model, shape: Self.shape).cache(someone)
        let whole = try HistoryStore(creating: folder.path + "/whole", model: model, shape: Self.shape).cache(someone)
        if cache.count > 0 { try whole.add(cache.count, rows) }
        #expect(cache.count > 0 && cache.fingerprint == whole.fingerprint)
        for events in [1, 5, 200] { #expect(bits(try cache.add(events, rows)) == bits(try whole.add(events, rows))) }
        var (kept, made) = ([Float](repeating: 0, count: cache.count), [Float](repeating: 1, count: cache.count))
        try cache.outputs(of: 0..<cache.count, into: &kept)
        try whole.outputs(of: 0..<cache.count, into: &made)
        #expect(kept == made)
    }
}
