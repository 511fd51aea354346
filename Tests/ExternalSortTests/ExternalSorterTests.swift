import ExternalSort
import Foundation
import Testing

@Suite struct ExternalSorterTests {
    /// Keys of few different values, so that many are equal in part or as a whole.
    private func keys(_ count: Int, seed: UInt64) -> [PlacedKey] {
        var state = seed
        func next(_ limit: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % limit
        }
        return (0..<count).map {
            PlacedKey(high: next(9) << 61, low: next(50) << 58 | next(3), place: UInt64($0))
        }
    }

    private func sorted(_ keys: [PlacedKey], capacity: Int) throws -> [PlacedKey] {
        let sorter = ExternalSorter(capacity: capacity)
        for key in keys { try sorter.append(key) }
        #expect(sorter.count == keys.count)
        var result: [PlacedKey] = []
        try sorter.visit { result.append($0) }
        return result
    }

    /// Around every number of runs from none to eight, in memory and in the file.
    @Test(arguments: [0, 1, 15, 16, 17, 31, 32, 33, 127, 128, 256])
    func equalsASortInMemory(count: Int) throws {
        let keys = keys(count, seed: UInt64(count))
        let expected = keys.sorted { ($0.high, $0.low, $0.place) < ($1.high, $1.low, $1.place) }
        for capacity in [128, 256, 1 << 16] where count <= capacity / 16 * capacity {
            #expect(try sorted(keys, capacity: capacity) == expected)
        }
    }

    @Test func manyRunsAreMerged() throws {
        let keys = keys(100_000, seed: 7)
        #expect(try sorted(keys, capacity: 2000) == keys.sorted())
    }

    @Test func moreThanCanBeMergedAreRefused() throws {
        let sorter = ExternalSorter(capacity: 32)
        // Two runs of 32 keys are in the file, and memory is full.
        for key in keys(96, seed: 1) { try sorter.append(key) }
        #expect(throws: ExternalSortError.tooMany(limit: 64)) {
            try sorter.append(PlacedKey(high: 0, low: 0, place: 0))
        }
    }

    @Test func aFolderThatIsNotThereIsNamedWhenItIsNeeded() throws {
        let sorter = ExternalSorter(capacity: 32, folder: "/nowhere")
        for key in keys(32, seed: 1) { try sorter.append(key) }
        let error = #expect(throws: ExternalSortError.self) {
            try sorter.append(PlacedKey(high: 0, low: 0, place: 0))
        }
        #expect(error?.description.contains("/nowhere") == true)
    }

    @Test func nothingIsLeftBehind() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let sorter = ExternalSorter(capacity: 64, folder: folder.path)
        for key in keys(200, seed: 3) { try sorter.append(key) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
}
