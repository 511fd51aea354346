import Arithmetic
import Cryptography
import Foundation
import HistoryTower
import OutOfCore
import Testing

/// A folder for one test.
private func folder() -> String {
    NSTemporaryDirectory() + "tables-" + String(UInt64.random(in: 0 ... .max), radix: 16)
}

@Suite struct LargeFieldTests {
    private let shape = HistoryShape(width: 16, layers: 1, heads: 2, outputs: 6, events: 32, dropout: 0)
    private let schema = Market.schema(shops: 70_000)

    private func lengths(_ histories: EventHistories) -> [Int] {
        zip(histories.starts, histories.starts.dropFirst()).map { $1 - $0 }
    }

    @Test func whatFollowsFromManyCodesIsLearned() throws {
        let schema = Market.schema(shops: 70_000, predictsShops: false)
        let histories = Market.histories(Array(repeating: 33, count: 700), of: schema, visited: 800, seed: 1)
        let tables = folder()
        defer { try? FileManager.default.removeItem(atPath: tables) }
        var tower = try HistoryTower(shape, schema, seed: 3)
        #expect(tower.parameterCount > 70_000 * 16)
        let lesson = try tower.pretrain(
            histories, epochs: 4, rate: 0.01, seed: 4, budget: 64 << 20, scratch: nil, tables: tables)
        #expect(lesson.losses[0] > 1.2 * Market.entropy, "nothing was known")
        let last = try #require(lesson.losses.last)
        #expect(last < 1.1 * Market.entropy && last > 0.8 * Market.entropy, "\(lesson.losses), \(Market.entropy)")
        // It goes on from its tables.
        let before = tower
        let second = try tower.pretrain(
            histories, epochs: 1, rate: 0.001, seed: 5, budget: 64 << 20, scratch: nil, tables: tables)
        #expect(second.losses[0] < 1.1 * Market.entropy && tower.tables != before.tables, "\(second.losses)")
        try FileManager.default.removeItem(atPath: "\(tables)/\(tower.tables[0].fileName)")
        let learned = tower
        #expect(throws: HistoryTowerError.self) {
            try tower.pretrain(
                histories, epochs: 1, rate: 0.001, seed: 5, budget: 64 << 20, scratch: nil, tables: tables)
        }
        #expect(tower == learned)
    }

    @Test func nothingDependsOnWhereTablesLie() throws {
        let schema = Market.customers
        let histories = Market.histories(Array(repeating: 50, count: 42), of: schema, visited: 60_000, seed: 1)
        let first = try HistoryTower(shape, schema, seed: 3)
        let scratch = "/var/tmp"
        func plan(_ budget: Int, _ scratch: String?) throws -> HistoryPlan {
            try HistoryTower.plan(
                shape, schema, budget: budget, lengths: lengths(histories), epochs: 2, scratch: scratch)
        }
        func least(_ scratch: String?) throws -> Int {
            let error = #expect(throws: HistoryTowerError.self) { try plan(1, scratch) }
            guard case .budget(_, let least)? = error else { throw HistoryTowerError.diverged }
            return least
        }
        let (onDisk, inMemory) = try (least(scratch), least(nil))
        // Values and sums of squares.
        let size = 8 * 16 * (70_000 + 66_000)
        #expect(inMemory > size && onDisk < inMemory - size / 2, "\(onDisk), \(inMemory)")
        var towers: [HistoryTower] = []
        let tables = folder()
        defer { try? FileManager.default.removeItem(atPath: tables) }
        for (budget, scratch) in [(inMemory, nil), (inMemory - (4 << 20), scratch), (onDisk, scratch)] {
            var tower = first
            let lesson = try tower.pretrain(
                histories, epochs: 2, rate: 0.003, seed: 2, budget: budget, scratch: scratch, tables: tables)
            towers.append(tower)
            let plan = lesson.plan
            #expect(plan.arenaBytes + plan.stateBytes + plan.tableBytes + plan.hostBytes <= budget)
            #expect((plan.tableDiskBytes > 0) == (budget < inMemory), "\(plan)")
            #expect((plan.tableBytes < size) == (budget < inMemory), "\(plan)")
        }
        #expect(towers.allSatisfy { $0 == towers[0] } && towers[0] != first)
        // Equal tables are one file, and nothing else is left.
        let names = try FileManager.default.contentsOfDirectory(atPath: tables)
        #expect(Set(names) == Set(towers[0].tables.map(\.fileName)) && names.count == 2)
    }

    @Test func tablesAreFilesNamedByTheirContent() throws {
        let histories = Market.histories([20, 30], of: schema, visited: 69_000, seed: 1)
        let tables = folder()
        defer { try? FileManager.default.removeItem(atPath: tables) }
        var tower = try HistoryTower(shape, schema, seed: 3)
        try tower.pretrain(
            histories, epochs: 1, rate: 0.01, seed: 4, budget: 64 << 20, scratch: nil, tables: tables)
        let table = try #require(tower.tables.first)
        #expect(table.field == "shop" && table.rows == 70_000 && table.columns == 16 && tower.tables.count == 1)
        let path = "\(tables)/\(table.fileName)"
        let content = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(content.count == 32 + 4 * 70_000 * 16 && content.count == table.bytes)
        #expect(content.starts(with: Array("colonnade table\0".utf8) + [1, 0, 0, 0, 16, 0, 0, 0, 0x70, 0x11, 1, 0]))
        #expect(SHA256.hash(content).hexadecimal + ".table" == table.fileName)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        // Shops that no event names have first values: even, of deviation 0.1.
        let numbers = content[32...].withUnsafeBytes { bytes in
            (0..<70_000 * 16).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
        let squares = numbers.reduce(0) { $0 + Double($1) * Double($1) }
        #expect(abs((squares / Double(numbers.count)).squareRoot() - 0.1) < 1e-3)

        // Read again, it encodes the same bits, however much is in memory.
        let rows = [(0, 5), (0, 20), (1, 29), (1, 30), (-1, 0)].map { Readout(entity: $0.0, events: $0.1, gap: 0) }
        let copy = try JSONDecoder().decode(HistoryTower.self, from: JSONEncoder().encode(tower))
        #expect(copy == tower)
        func codes(_ tower: HistoryTower, _ memory: Int) throws -> Matrix<Double> {
            let open = try OpenTables(of: tower, in: tables, memory: memory)
            #expect(open.memoryBytes == min(memory, 4 * 70_000 * 16) / 64 * 64)
            return try tower.encode(histories, rows, budget: 64 << 20, tables: open)
        }
        let expected = try codes(tower, 0)
        #expect(Set(expected.elements).count > 20)
        for memory in [1000, 100_000, 1 << 30] { #expect(try codes(copy, memory) == expected) }
        // Each row's own shop matters.
        var changed = histories
        changed.codes[1][4] = 1 + changed.codes[1][4] % 60_000
        let open = try OpenTables(of: tower, in: tables)
        let other = try tower.encode(changed, rows, budget: 64 << 20, tables: open)
        #expect(other.row(0) != expected.row(0) && other.row(2) == expected.row(2))
        // What tables take counts.
        #expect(throws: HistoryTowerError.self) { try tower.encode(histories, rows, budget: 1 << 20, tables: open) }

        // No path comes of what is read.
        let text = String(decoding: try JSONEncoder().encode(tower), as: UTF8.self)
        for hash in ["../../../etc/passwd", String(repeating: "A", count: 64)] {
            let forged = text.replacingOccurrences(of: table.hash, with: hash)
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(HistoryTower.self, from: Data(forged.utf8)) }
        }
        let lessRows = text.replacingOccurrences(of: "\"rows\":70000", with: "\"rows\":69999")
        #expect(lessRows != text)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(HistoryTower.self, from: Data(lessRows.utf8)) }
    }

    @Test func filesThatAreNotAsTheyWereAreNamed() throws {
        let histories = Market.histories([20], of: schema, visited: 69_000, seed: 1)
        let tables = folder()
        defer { try? FileManager.default.removeItem(atPath: tables) }
        var tower = try HistoryTower(shape, schema, seed: 3)
        try tower.pretrain(histories, epochs: 1, rate: 0.01, seed: 4, budget: 64 << 20, scratch: nil, tables: tables)
        let path = "\(tables)/\(tower.tables[0].fileName)"
        let content = try Data(contentsOf: URL(fileURLWithPath: path))
        func problem(_ content: Data?) throws -> FieldTable.Problem? {
            try FileManager.default.removeItem(atPath: path)
            try content?.write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: HistoryTowerError.self) { try OpenTables(of: tower, in: tables) }
            guard case .table(path, "shop", let problem)? = error else { return nil }
            #expect("\(HistoryTowerError.table(path: path, field: "shop", problem: problem))".contains("backup"))
            return problem
        }
        for place in [32, 2_000_000, content.count - 1] {
            var other = content
            other[place] ^= 1
            #expect(try problem(other) == .damaged)
        }
        #expect(try problem(content.dropLast(4)) == .length(content.count - 4, expected: content.count))
        var header = content
        header[16] = 2
        #expect(try problem(header) == .header)
        #expect(try problem(nil) == .missing)
        try content.write(to: URL(fileURLWithPath: path))
        _ = try OpenTables(of: tower, in: tables)
    }

    @Test func aFolderThatCannotBeWrittenToIsNamed() throws {
        let histories = Market.histories([20], of: schema, visited: 69_000, seed: 1)
        var tower = try HistoryTower(shape, schema, seed: 3)
        let before = tower
        let error = #expect(throws: HistoryTowerError.self) {
            try tower.pretrain(
                histories, epochs: 1, rate: 0.01, seed: 4, budget: 64 << 20, scratch: nil,
                tables: "/dev/null/tables")
        }
        let text = "/dev/null/tables, the table of field 'shop', cannot be written"
        #expect(error.map { "\($0)" }?.contains(text) == true)
        #expect(tower == before)
    }

    @Test func towersThatCannotUseTheirTablesSaySo() throws {
        let histories = Market.histories([20], of: schema, visited: 69_000, seed: 1)
        let tower = try HistoryTower(shape, schema, seed: 3)
        let row = Readout(entity: 0, events: 4, gap: 0)
        #expect(throws: HistoryTowerError.unlearned(["shop"])) { try tower.encode(histories, [row], budget: 64 << 20) }
        #expect(throws: HistoryTowerError.unlearned(["shop"])) { try OpenTables(of: tower, in: "/nowhere") }
        let learner = LearningHistoryTower(tower, rate: 0.01, budget: 64 << 20, scratch: nil)
        let error = #expect(throws: HistoryTowerError.self) { try learner.forward(histories, [row]) }
        #expect(throws: HistoryTowerError.largeFields(["shop"])) {
            try PretrainingSchedule(histories, shape, epochs: 1, seed: 1)
        }
        #expect(error == .largeFields(["shop"]) && error.map { "\($0)" }?.contains("frozen") == true)
        #expect(throws: HistoryTowerError.self) {
            try HistoryTower(shape, Market.schema(shops: EventField.mostCodes + 1), seed: 1)
        }
        // Others have none, wherever they would be.
        _ = try OpenTables(of: HistoryTower(shape, Chain.schema, seed: 1), in: "/nowhere")
    }

    /// A code that is only ever a next one: rare, it counts as little as one that is missing.
    @Test func rareCodesOfManyAreNotPredicted() throws {
        let schema = Market.schema(shops: 2000)
        var towers: [HistoryTower] = []
        for code: Int32 in [0, 1024, 1999, 1023] {
            var histories = Market.histories([2, 2, 2], of: schema, visited: 1000, seed: 1)
            for event in [1, 3, 5] { histories.codes[1][event] = code }
            var tower = try HistoryTower(shape, schema, seed: 3)
            try tower.pretrain(histories, epochs: 2, rate: 0.01, seed: 4, budget: 64 << 20, scratch: nil)
            towers.append(tower)
        }
        #expect(towers[1] == towers[0] && towers[2] == towers[0] && towers[3] != towers[0])
    }
}
