import Foundation
import Identifiers
import Testing

@Suite struct SampleTests {
    private let budget = IdentifierCollector.minimumBudget

    @Test(arguments: [0, 1, 2, 10, 300])
    func samplesAreTheIDsWithTheLowestSecondWords(count: Int) throws {
        try withFolder { folder throws in
            let ids = try collect(count: count)
            for size in Set([0, 1, 2, count / 3, count - 1, count, count + 1, 5 * count]) where size >= 0 {
                let expected = try ids.all.sample(size)
                #expect(expected.count == min(size, count))
                #expect(try ids.sample(size).all.ids == expected)
                let file = try collect(count: count, storage: .file(folder + "/ids", budget: budget))
                #expect(try file.sample(size).all.ids == expected)
            }
        }
    }

    @Test(arguments: [0, 1, 700, 12_345, 19_999])
    func filesHoldWhatMemoryHolds(size: Int) throws {
        try withFolder { folder throws in
            let (path, other) = (folder + "/ids", folder + "/other")
            let file = try collect(count: 20_000, storage: .file(path, budget: budget)).sample(size)
            let memory = try collect(count: 20_000).sample(size)
            #expect(try file.all == memory.all && file.inputHash == memory.inputHash)
            #expect(try memory.all.ids == collect(count: 20_000).all.sample(size))
            #expect(try names(in: folder) == ["ids"])
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            // The records are those of a file of the sample's rows alone.
            _ = try collect(numbers: memory.all.rows, storage: .file(other))
            let records = try [path, other].map { try Data(contentsOf: URL(fileURLWithPath: $0)).dropFirst(184) }
            #expect(records[0].count == 40 * size && records[0] == records[1])
            let opened = try SortedIdentifiers(opening: path, declaration(.text), seed: seed)
            #expect(try opened.all == memory.all && opened.inputHash == memory.inputHash)
        }
    }

    @Test func theInputHashIsOfTheSampleAndTheTalliesAreOfTheWhole() throws {
        try withFolder { folder throws in
            let rows = (0..<1000).map { [$0 % 10 == 3 ? " " : "id-\($0 % 900)"] }
            for storage in [IdentifierCollector.Storage.memory, .file(folder + "/ids", budget: budget)] {
                let sample = try collect(rows, duplicates: .first, storage: storage).sample(100)
                #expect(sample.count == 100 && sample.rows == 1000)
                #expect(sample.emptyRows == 100 && sample.repeatedRows == 90)
                #expect(try sample.inputHash == collect(numbers: sample.all.rows).inputHash)
            }
        }
    }

    @Test func smallerSamplesArePartsOfLargerOnes() throws {
        try withFolder { folder throws in
            let ids = try collect(count: 2000)
            var smaller = try ids.sample(0)
            for size in stride(from: 50, through: 2000, by: 150) {
                let sample = try ids.sample(size)
                #expect(try Set(smaller.all.rows).isSubset(of: sample.all.rows))
                let again = try sample.sample(smaller.count)
                #expect(try again.all == smaller.all && again.inputHash == smaller.inputHash)
                smaller = sample
            }
            let file = try collect(count: 2000, storage: .file(folder + "/ids", budget: budget))
            #expect(try file.sample(800).sample(30).all == ids.sample(30).all)
        }
    }

    /// Every third id of the second party is one of the first's.
    @Test(arguments: [(2000, 2000, 200), (2000, 300, 400), (3000, 900, 30), (500, 500, 500)])
    func partiesAgree(first: Int, second: Int, size: Int) throws {
        let lists = [
            try collect((0..<first).map { ["id-\($0)"] }),
            try collect((0..<second).map { [$0 % 3 == 0 ? "id-\($0)" : "other-\($0)"] }),
        ]
        let all = try lists.map { try $0.all.ids.map(\.hash) }
        let samples = try lists.map { try Set($0.sample(size).all.ids.map(\.hash)) }
        let common = Set(all[0]).intersection(all[1])
        let offered = samples[0].intersection(samples[1])
        #expect(!offered.isEmpty && offered.isSubset(of: common))
        for left in common.subtracting(offered) {
            #expect(all.contains { list in list.count { precedes($0, left) } >= size })
        }
        #expect(offered == Set(common.sorted(by: precedes).prefix(offered.count)))
    }

    @Test func samplesFitIntoBuckets() throws {
        for trial in UInt8(1)...16 {
            let ids = try collect((0..<20_000).map { ["\($0)"] }, seed: [UInt8](repeating: trial, count: 32))
            for (size, count) in [(300, 16), (2000, 16), (10_000, 100)] {
                let (sample, buckets) = (try ids.sample(size), Buckets(count: count))
                let sizes = try (0..<count).map { try sample.ids(in: $0, of: buckets).count }
                #expect(sizes.reduce(0, +) == size)
                #expect(sizes.allSatisfy { $0 <= buckets.capacity(of: size) })
                let mean = Double(size) / Double(count)
                #expect(sizes.allSatisfy { Double($0) > mean - 8 * mean.squareRoot() })
            }
        }
    }

    /// One word for all, few words, words that agree in their first bits or in their last ones: nothing that hashes would give.
    @Test(arguments: 0..<8)
    func crowdedWords(kind: Int) throws {
        let words = (0..<1000).map { (index: UInt64) -> UInt64 in
            let mixed = index * 7 % 1009
            return switch kind {
            case 0: 7
            case 1: .max
            case 2: mixed % 2 == 0 ? .max : 0
            case 3: mixed % 3
            case 4: 0xABCD_EF01_2345_6000 + mixed * mixed
            case 5: .max - mixed
            case 6: mixed << 52
            default: 1 << (mixed % 64)
            }
        }
        try withFolder { folder throws in
            for size in [0, 1, 2, 333, 500, 998, 999, 1000] {
                let file = try fileOfIDs(folder + "/ids", secondWords: words)
                let expected = try file.all.sample(size)
                #expect(try file.sample(size).all.ids == expected)
            }
        }
    }

    @Test func whatHasTheOldFileOpenStillReadsIt() throws {
        try withFolder { folder throws in
            let memory = try collect(count: 3000)
            let file = try collect(count: 3000, storage: .file(folder + "/ids", budget: budget))
            let sample = try file.sample(100)
            #expect(try file.all == memory.all)
            #expect(try file.sample(200).all == memory.sample(200).all)
            #expect(try sample.all == memory.sample(100).all)
            #expect(try SortedIdentifiers(opening: folder + "/ids", declaration(.text), seed: seed).count == 200)
        }
    }

    @Test func whereThereIsNoSampleTheFileStays() throws {
        try withFolder { folder throws in
            let path = folder + "/ids"
            let file = try collect(count: 3000, storage: .file(path))
            try FileManager.default.createDirectory(atPath: path + ".new", withIntermediateDirectories: false)
            #expect(throws: IdentifiersError.cannotWrite(path: path + ".new", code: EEXIST)) { try file.sample(10) }
            try FileManager.default.removeItem(atPath: path + ".new")

            var damaged = try Data(contentsOf: URL(fileURLWithPath: path))
            damaged[184 + 40 * 1500] ^= 0x80
            try damaged.write(to: URL(fileURLWithPath: path))
            let opened = try SortedIdentifiers(opening: path, declaration(.text), seed: seed)
            let error = IdentifiersError.damaged(path: path, problem: "the ids are not as they were written")
            for size in [0, 10, 2000] { #expect(throws: error) { try opened.sample(size) } }
            #expect(try names(in: folder) == ["ids"])
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == damaged)
        }
    }
}

/// The order in which samples take hashes.
private func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    for range in [8..<16, 0..<32] where !left[range].elementsEqual(right[range]) {
        return left[range].lexicographicallyPrecedes(right[range])
    }
    return false
}

private struct ID: Equatable {
    let hash: [UInt8]
    let row: Int
}

extension IdentifierList {
    fileprivate var ids: [ID] { (0..<count).map { ID(hash: hash(at: $0).bytes, row: rows[$0]) } }

    /// The sample by its definition.
    fileprivate func sample(_ size: Int) -> [ID] {
        ids.sorted { precedes($0.hash, $1.hash) }.prefix(size).sorted { $0.hash.lexicographicallyPrecedes($1.hash) }
    }
}
