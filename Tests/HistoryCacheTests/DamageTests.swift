import Foundation
import HistoryCache
import Testing

/// Bytes that nobody wrote: refused with an error that names the file, or taken for the end of the journal; never a crash.
@Suite struct DamageTests {
    private static let shape = CacheShape(layers: 1, heads: 1, dimension: 8, outputs: 1, events: 90, budget: 0.2)

    private static func filled(_ folder: Folder) throws -> [UInt8] {
        let store = try HistoryStore(creating: folder.store, model: model, shape: shape)
        for entity in 0..<3 as Range<UInt8> { try store.cache([entity]).add(100, Rows(shape: shape)) }
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.store + "/journal")))
    }

    /// Opens a store with another journal, and uses all that it has.
    private static func use(_ folder: Folder, _ journal: [UInt8]) throws {
        try Data(journal).write(to: URL(fileURLWithPath: folder.store + "/journal"))
        do {
            let store = try HistoryStore(opening: folder.store, model: model, shape: shape)
            for entity in store.entities {
                let cache = try store.cache(entity)
                guard cache.count < 1000 else { continue }
                var outputs = [Float](repeating: 0, count: cache.count)
                try cache.outputs(of: 0..<cache.count, into: &outputs)
                try cache.add(1, Rows(shape: shape))
            }
        } catch let error as HistoryCacheError {
            #expect("\(error)".contains(folder.store))
        }
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { rest, byte in
            (0..<8).reduce(rest ^ UInt32(byte)) { rest, _ in rest & 1 == 1 ? 0xEDB8_8320 ^ rest >> 1 : rest >> 1 }
        }
    }

    /// Gives every record the checksum of its changed bytes, so that what they say is looked at.
    private static func repair(_ bytes: inout [UInt8]) {
        var place = 0
        while place + 8 <= bytes.count {
            let length = (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
            guard place + 8 + length <= bytes.count else { return }
            let sum = checksum(bytes[place..<place + 4] + bytes[place + 8..<place + 8 + length])
            for index in 0..<4 { bytes[place + 4 + index] = UInt8(truncatingIfNeeded: sum >> (8 * index)) }
            place += 8 + length
        }
    }

    @Test(arguments: [false, true]) func noJournalCrashes(hasRightChecksums: Bool) throws {
        let folder = try Folder()
        let journal = try Self.filled(folder)
        var numbers = Numbers(seed: 4)
        for _ in 0..<400 {
            var bytes = journal
            for _ in 0..<1 + numbers.below(4) {
                let place = numbers.below(bytes.count)
                switch numbers.below(5) {
                case 0: bytes[place] ^= UInt8(1 << numbers.below(8))
                case 1: bytes[place] = 0xFF
                case 2: bytes.remove(at: place)
                case 3: bytes.insert(UInt8(numbers.below(256)), at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + numbers.below(64)))
                }
                if bytes.isEmpty { bytes = [0] }
            }
            if hasRightChecksums { Self.repair(&bytes) }
            try Self.use(folder, bytes)
        }
        for count in [0, 1, 7, 8, 100] { try Self.use(folder, (0..<count).map { _ in UInt8(numbers.below(256)) }) }
    }

    @Test func otherFilesAreMissed() throws {
        let folder = try Folder()
        _ = try Self.filled(folder)
        let books = folder.store + "/books"
        let handle = try #require(FileHandle(forUpdatingAtPath: books))
        try handle.seek(toOffset: 5)
        try handle.write(contentsOf: Data([1, 2, 3]))
        try handle.close()
        #expect {
            let store = try HistoryStore(opening: folder.store, model: model, shape: Self.shape)
            for entity in store.entities { _ = try store.cache(entity) }
        } throws: { "\($0)".contains("\(books) is damaged") }
        try Data().write(to: URL(fileURLWithPath: folder.store + "/values"))
        #expect { try HistoryStore(opening: folder.store, model: model, shape: Self.shape) } throws: {
            "\($0)".contains("\(folder.store)/values is damaged")
        }
    }

    @Test func otherVersionsAreRefused() throws {
        let folder = try Folder()
        var bytes = try Self.filled(folder)
        bytes[8 + 4 + 23] += 1
        Self.repair(&bytes)
        try Data(bytes).write(to: URL(fileURLWithPath: folder.store + "/journal"))
        #expect(throws: HistoryCacheError.otherVersion(path: folder.store + "/journal", found: 3, expected: 2)) {
            try HistoryStore(opening: folder.store, model: model, shape: Self.shape)
        }
    }
}
