import Foundation
import Identifiers
import Testing

@Suite struct FileTests {
    /// So little memory that tens of runs are merged.
    private let budget = IdentifierCollector.minimumBudget

    @Test(arguments: [0, 1, 700, 717, 718, 5000, 50_000])
    func filesHoldWhatMemoryHolds(count: Int) throws {
        try withFolder { folder throws in
            let file = try collect(count: count, storage: .file(folder + "/ids", budget: budget))
            let memory = try collect(count: count)
            #expect(try file.all == memory.all)
            #expect(file.inputHash == memory.inputHash)
            #expect(file.count == count && file.rows == count)
            let hashes = try file.all
            #expect((1..<max(1, count)).allSatisfy { hashes.hash(at: $0 - 1) < hashes.hash(at: $0) })
            #expect(try names(in: folder) == ["ids"])
            let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/ids")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let opened = try SortedIdentifiers(opening: folder + "/ids", declaration(.text), seed: seed)
            #expect(try opened.all == memory.all)
            #expect(opened.inputHash == memory.inputHash)
        }
    }

    /// Most rows share an id, more than fit into memory.
    @Test func manyRowsWithOneID() throws {
        try withFolder { folder throws in
            let rows = (0..<30_000).map { [$0 % 10 == 0 ? "id-\($0)" : "same"] }
            let file = try collect(
                rows, duplicates: .first, storage: .file(folder + "/ids", budget: budget))
            #expect(file.count == 3001 && file.repeatedRows == 26_999)
            #expect(try file.all == collect(rows, duplicates: .first).all)
            #expect(try file.all.rows.contains(1))
            let opened = try SortedIdentifiers(opening: folder + "/ids", declaration(.text), seed: seed)
            #expect(opened.repeatedRows == 26_999 && opened.rows == 30_000)
        }
    }

    @Test func anAbandonedCollectorLeavesNothing() throws {
        try withFolder { folder throws in
            func abandon() throws {
                var collector = try IdentifierCollector(
                    declaration(.text), seed: seed, storage: .file(folder + "/ids", budget: budget))
                for row in 0..<3000 { try collector.add(row: row, cells: [cell("\(row)")]) }
                #expect(try names(in: folder) == ["ids.new"])
            }
            try abandon()
            #expect(try names(in: folder) == [])
        }
    }

    @Test func aNewFileReplacesTheOld() throws {
        try withFolder { folder throws in
            let path = folder + "/ids"
            let old = try collect(count: 10, storage: .file(path))
            // What a crash left behind is in nobody's way.
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path + ".new"))
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path + ".runs"))
            #expect(try collect(count: 5000, storage: .file(path, budget: budget)).count == 5000)
            #expect(try old.all.count == 10)
            #expect(try SortedIdentifiers(opening: path, declaration(.text), seed: seed).count == 5000)
            #expect(try names(in: folder) == ["ids"])
        }
    }

    @Test func foldersThatCannotBeWritten() throws {
        try withFolder { folder throws in
            #expect(throws: IdentifiersError.cannotWrite(path: folder + "/none/ids.new", code: ENOENT)) {
                try collect(count: 1, storage: .file(folder + "/none/ids"))
            }
            try Data().write(to: URL(fileURLWithPath: folder + "/file"))
            #expect(throws: IdentifiersError.cannotWrite(path: folder + "/file/ids.new", code: ENOTDIR)) {
                try collect(count: 1, storage: .file(folder + "/file/ids"))
            }
            #expect(throws: IdentifiersError.cannotRead(path: folder + "/ids", code: ENOENT)) {
                try SortedIdentifiers(opening: folder + "/ids", declaration(.text), seed: seed)
            }
        }
    }

    @Test func budgetsThatAreTooSmall() throws {
        try withFolder { folder throws in
            #expect(throws: IdentifiersError.budgetTooSmall(bytes: 1000, minimum: budget)) {
                try collect(count: 1, storage: .file(folder + "/ids", budget: 1000))
            }
            let error = #expect(throws: IdentifiersError.self) {
                try collect(count: 200_000, storage: .file(folder + "/ids", budget: budget))
            }
            guard case .tooManyForBudget(budget, let limit)? = error else {
                Issue.record("another error")
                return
            }
            #expect(100_000..<200_000 ~= limit)
        }
    }

    @Test func damagedFilesAreRefused() throws {
        try withFolder { folder throws in
            let path = folder + "/ids"
            _ = try collect(count: 100, storage: .file(path))
            let sound = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
            #expect(sound.count == 184 + 100 * 40)

            func open(_ bytes: some Sequence<UInt8>) throws -> SortedIdentifiers {
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                return try SortedIdentifiers(opening: path, declaration(.text), seed: seed)
            }
            func isDamaged(_ body: () throws -> Void) -> Bool {
                do { try body() } catch IdentifiersError.damaged(path, _) { return true } catch {}
                return false
            }
            #expect(try open(sound).all.count == 100)
            for length in [0, 7, 183, 184, sound.count - 40, sound.count - 1] {
                #expect(isDamaged { _ = try open(sound.prefix(length)) })
            }
            #expect(isDamaged { _ = try open(sound + [0]) })
            #expect(isDamaged { _ = try open(sound + sound.suffix(40)) })
            for index in 0..<184 {
                var bytes = sound
                bytes[index] ^= 1
                #expect(isDamaged { _ = try open(bytes) })
            }
            // Of the records only what is read is looked at.
            for (offset, isSeen) in [(0, true), (39, true), (36, true), (31, false)] {
                var bytes = sound
                bytes[184 + 50 * 40 + offset] ^= 0x80
                let ids = try open(bytes)
                #expect(try ids.ids(at: 0..<50).count == 50)
                #expect(isDamaged { _ = try ids.all } == isSeen)
            }
        }
    }

    @Test func filesOfOtherIDsAreRefused() throws {
        try withFolder { folder throws in
            let path = folder + "/ids"
            _ = try collect(count: 10, storage: .file(path))
            #expect(throws: IdentifiersError.otherIdentifiers(path: path)) {
                try SortedIdentifiers(opening: path, declaration(.text, foldsCase: true), seed: seed)
            }
            #expect(throws: IdentifiersError.otherIdentifiers(path: path)) {
                try SortedIdentifiers(opening: path, declaration(.text), seed: seed.reversed())
            }
        }
    }
}
