import Foundation
import HistoryCache
import Testing

@Suite struct StoreTests {
    private static let shape = CacheShape(
        layers: 2, heads: 2, dimension: 8, outputs: 3, events: 400, budget: 0.2, rest: .estimated)

    private static func open(_ path: String, boot: String? = nil) throws -> HistoryStore {
        try HistoryStore(path, model: model, shape: shape, makes: true, boot: boot)
    }

    @Test func whatWasCommittedIsThereAgain() throws {
        let (folder, rows) = (try Folder(), Rows(shape: Self.shape))
        let expected: [[UInt32]]
        do {
            let cache = try Self.open(folder.store).cache(someone)
            #expect(cache.count == 0 && cache.fingerprint == Array(repeating: 0, count: 32))
            try cache.add(400, rows)
            expected = bits(try cache.attendOnly(3, rows))
        }
        let store = try HistoryStore(opening: folder.store, model: model, shape: Self.shape)
        #expect(store.entities == [someone] && store.statistics.events == 400)
        #expect(store.statistics.cutBytes == 0 && !store.statistics.isAfterRestart)
        let cache = try store.cache(someone)
        #expect(cache.count == 400 && cache.fingerprint == EntityCache.print(400))
        #expect(bits(try cache.attendOnly(3, rows)) == expected)
        var outputs = [Float](repeating: 0, count: 3 * 300)
        try cache.outputs(of: 50..<350, into: &outputs)
        #expect(outputs == rows.outputs(50..<350))
    }

    @Test func otherModelsAndShapesAreRefused() throws {
        let folder = try Folder()
        _ = try Self.open(folder.store)
        let other = String(repeating: "cd", count: 32)
        let path = folder.store + "/journal"
        #expect(throws: HistoryCacheError.otherModel(path: path, found: model, expected: other)) {
            try HistoryStore(opening: folder.store, model: other, shape: Self.shape)
        }
        var wide = Self.shape
        wide.dimension = 16
        let error = HistoryCacheError.otherShape(path: path, found: Self.shape, expected: wide)
        #expect(throws: error) { try HistoryStore(opening: folder.store, model: model, shape: wide) }
        #expect("\(error)".contains("dimension 8 rather than 16") && "\(error)".contains(path))
        #expect(try HistoryStore.contents(of: folder.store) == (model, Self.shape))
        #expect(throws: HistoryCacheError.missing(path: folder.path + "/none")) {
            try HistoryStore(opening: folder.path + "/none", model: model, shape: Self.shape)
        }
        wide.subspaces = 3
        wide.budget = 0
        #expect { try HistoryStore(creating: folder.path + "/none", model: model, shape: wide) } throws: {
            "\($0)".contains("3 sub-spaces") && "\($0)".contains("budget of 0.0")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/none"))
    }

    @Test func oneProcessAtATime() throws {
        let folder = try Folder()
        var store: HistoryStore? = try Self.open(folder.store)
        #expect(throws: HistoryCacheError.inUse(path: folder.store + "/lock")) { try Self.open(folder.store) }
        #expect(throws: HistoryCacheError.inUse(path: folder.store + "/lock")) {
            try HistoryStore.contents(of: folder.store)
        }
        var cache: EntityCache? = try store?.cache(someone)
        #expect(throws: HistoryCacheError.self) { try store?.cache(someone) }
        #expect(throws: HistoryCacheError.self) { try store?.remove(someone) }
        store = nil
        // A cache keeps its store.
        #expect(throws: HistoryCacheError.inUse(path: folder.store + "/lock")) { try Self.open(folder.store) }
        #expect(cache?.count == 0)
        cache = nil
        _ = try Self.open(folder.store)
    }

    @Test func anotherProcessIsKeptOut() async throws {
        let folder = try Folder()
        let store = try Self.open(folder.store)
        let path = folder.store
        await #expect(processExitsWith: .exitCode(7)) { [path = path as String] in
            do { _ = try StoreTests.open(path) } catch HistoryCacheError.inUse { exit(7) }
        }
        #expect(store.entities.isEmpty)
    }

    @Test func filesAreForTheirOwner() throws {
        let folder = try Folder()
        let store = try Self.open(folder.store)
        try store.cache(someone).add(100, Rows(shape: Self.shape))
        try store.synchronise()
        func mode(_ path: String) throws -> Int {
            try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
        }
        #expect(try mode(folder.store) == 0o700)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.store)
        #expect(names.sorted() == ["books", "codes", "journal", "lock", "outputs", "values"])
        for name in names { #expect(try mode(folder.store + "/" + name) == 0o600) }
    }

    @Test func removedEntitiesGiveTheirRoomBack() throws {
        let (folder, rows) = (try Folder(), Rows(shape: Self.shape))
        let store = try Self.open(folder.store)
        for entity in 0..<10 as Range<UInt8> { try store.cache([entity]).add(300, rows) }
        let bytes = store.statistics.valueBytes
        for entity in 0..<10 as Range<UInt8> { #expect(try store.remove([entity])) }
        #expect(try !store.remove([0]))
        #expect(store.statistics.valueBytes == 0 && store.statistics.bookBytes == 0 && store.statistics.entities == 0)
        try store.synchronise()
        for entity in 10..<20 as Range<UInt8> { try store.cache([entity]).add(300, rows) }
        #expect(store.statistics.valueBytes == bytes)
        let length = try FileManager.default.attributesOfItem(atPath: folder.store + "/values")[.size] as? Int
        #expect(try #require(length) <= bytes * 2, "pages are used again")
    }

    /// Spans out of sight are used again: a long history in a short window takes bounded room.
    @Test func longHistoriesTakeBoundedRoom() throws {
        let (folder, rows) = (try Folder(), Rows(shape: Self.shape))
        let store = try Self.open(folder.store)
        let cache = try store.cache(someone)
        var most = 0
        for _ in 0..<60 {
            try cache.add(100, rows)
            try store.synchronise()
            most = max(most, store.statistics.valueBytes)
        }
        // The sink's, and those of 400 events.
        #expect(most <= 6 * 128 * 2 * 32 * 4)
        let length = try FileManager.default.attributesOfItem(atPath: folder.store + "/values")[.size] as? Int
        #expect(try #require(length) <= 32 * 128 * 2 * 32 * 4)
        var outputs = [Float](repeating: 0, count: 3 * 6000)
        try cache.outputs(of: 0..<6000, into: &outputs)
        #expect(outputs == rows.outputs(0..<6000))
    }

    @Test func whatIsNotCommittedNeverWas() throws {
        let (folder, rows) = (try Folder(), Rows(shape: Self.shape))
        let store = try Self.open(folder.store)
        let (cache, other) = (try store.cache(someone), try store.cache([1]))
        try cache.add(60, rows)
        try other.add(60, rows)
        var strange = rows
        strange.seed = 5
        _ = try cache.attendOnly(300, strange)
        _ = try cache.attendOnly(1, strange)
        #expect(cache.count == 60)
        #expect(bits(try cache.add(200, rows)) == bits(try other.add(200, rows)))
        _ = try cache.attendOnly(300, strange)
        #expect(bits(try cache.add(20, rows)) == bits(try other.add(20, rows)))
        #expect(store.statistics.valueBytes == 2 * (280 / 128 + 1) * 128 * 2 * 32 * 4)
    }

    /// After a loss of power the disk has what it was made to keep: codes may hold anything.
    @Test(arguments: [false, true]) func aRestartGoesBackToTheLastSynchronisation(hasCodes: Bool) throws {
        let (folder, rows) = (try Folder(), Rows(shape: Self.shape))
        var expected: [[UInt32]] = []
        do {
            let store = try Self.open(folder.store, boot: "first")
            let cache = try store.cache(someone)
            try cache.add(300, rows)
            try store.synchronise()
            expected = bits(try cache.attendOnly(5, rows))
            try cache.add(500, rows)
            try store.cache([9]).add(10, rows)
        }
        let codes = folder.store + "/codes"
        let length = try Data(contentsOf: URL(fileURLWithPath: codes)).count
        let handle = try #require(FileHandle(forUpdatingAtPath: codes))
        if hasCodes {
            try handle.write(contentsOf: Data(repeating: 0x3F, count: length))
        } else {
            try handle.truncate(atOffset: 0)
        }
        try handle.close()
        let store = try Self.open(folder.store, boot: "second")
        #expect(store.statistics.isAfterRestart && store.statistics.cutBytes > 0 && store.entities == [someone])
        let cache = try store.cache(someone)
        #expect(cache.count == 300)
        #expect(bits(try cache.attendOnly(5, rows)) == expected)
        // In the same start nothing is lost any more.
        try cache.add(5, rows)
    }

    @Test func threadsMayWorkWithAnEntityEach() throws {
        let (folder, rows) = (try Folder(), Rows(shape: Self.shape))
        let store = try Self.open(folder.store)
        DispatchQueue.concurrentPerform(iterations: 8) { entity in
            do {
                for events in [1, 100, 30, 200] { try store.cache([UInt8(entity)]).add(events, rows) }
            } catch { Issue.record(error) }
        }
        let last = try (0..<8).map { bits(try store.cache([UInt8($0)]).add(3, rows)) }
        #expect(store.statistics.events == 8 * 334 && last.allSatisfy { $0 == last[0] })
    }

    /// So many changes that the journal is written anew in between.
    @Test func journalsDoNotGrowWithoutEnd() throws {
        let shape = CacheShape(layers: 1, heads: 1, dimension: 2, outputs: 1, events: 16, budget: 0.5)
        let (folder, rows) = (try Folder(), Rows(shape: shape))
        do {
            let store = try HistoryStore(creating: folder.store, model: model, shape: shape)
            let cache = try store.cache(someone)
            for _ in 0..<70_000 { try cache.add(1, rows) }
            #expect(store.statistics.journalBytes < 5 << 20)
        }
        let cache = try HistoryStore(opening: folder.store, model: model, shape: shape).cache(someone)
        #expect(cache.count == 70_000 && cache.fingerprint == EntityCache.print(70_000))
        let dense = try HistoryStore(creating: folder.path + "/other", model: model, shape: shape).cache(someone)
        try dense.add(69_950, rows, exact: true)
        for _ in 0..<50 { try dense.add(1, rows) }
        #expect(bits(try cache.add(1, rows)) == bits(try dense.add(1, rows)))
    }
}
