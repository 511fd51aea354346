import Arithmetic
import Foundation
import HistoryTower
import Testing

@Suite struct DecodingTests {
    private let shape = HistoryShape(width: 24, layers: 3, heads: 3, outputs: 5, events: 256, dropout: 0.1)

    /// Decodes all events of an entity in parts, and compares them with what windows give.
    private func compare(
        _ tower: HistoryTower, _ histories: EventHistories, of entity: Int, parts: [Int], exact: Bool,
        tables: OpenTables? = nil, with expected: Matrix<Double>
    ) throws -> [Float] {
        let decoder = try TowerDecoder(tower, tables: tables, chunk: parts.max() ?? 1)
        let cache = try DenseStore(tower).history(of: [1])
        var outputs: [Float] = []
        for part in parts {
            let events = cache.count..<cache.count + part
            let values = try decoder.advance(histories, of: entity, events: events, over: cache, exact: exact)
            outputs += UnsafeBufferPointer(start: values, count: part * tower.shape.outputs)
            try cache.commit(events: part, outputs: values, fingerprint: Array(repeating: 0, count: 32))
        }
        for (place, value) in outputs.enumerated() {
            #expect(abs(Double(value) - expected.elements[place]) < 1e-5, "event \(place / tower.shape.outputs)")
        }
        return outputs
    }

    @Test func chunksAndSingleEventsAreAsWindows() throws {
        let tower = try Ledgers.tower(shape, shops: 50)
        var histories = Ledgers.histories([9, 210], shops: 50, seed: 1)
        // Before a first event there is nothing, whatever is said.
        histories.gaps[histories.starts[1]] = 5000
        let rows = Ledgers.rows(histories).filter { $0.entity == 1 }
        let expected = try tower.encode(histories, rows, budget: 64 << 20)
        #expect(Set(expected.elements).count > 900)
        func decode(_ parts: [Int], exact: Bool) throws -> [Float] {
            try compare(tower, histories, of: 1, parts: parts, exact: exact, with: expected)
        }
        let single = try decode(Array(repeating: 1, count: 210), exact: false)
        // One by one, bits do not depend on how many are asked for at once.
        for parts in [[210], [100, 110], [3, 128, 79]] { #expect(try decode(parts, exact: false) == single) }
        let whole = try decode([210], exact: true)
        // Products of whole blocks have the same bits.
        #expect(try decode([128, 82], exact: true) == whole)
        for parts in [[33, 177], [31, 179], [1, 2, 3, 4, 200], [128, 1, 81]] { _ = try decode(parts, exact: true) }
    }

    @Test func sizesMayBeAny() throws {
        for (width, layers, heads) in [(1, 1, 1), (5, 2, 5), (40, 1, 2)] {
            let shape = HistoryShape(
                width: width, layers: layers, heads: heads, outputs: 3, events: 40, dropout: 0)
            let tower = try Ledgers.tower(shape, shops: 50)
            let histories = Ledgers.histories([40], shops: 50, seed: 2)
            let expected = try tower.encode(histories, Ledgers.rows(histories), budget: 64 << 20)
            for (parts, exact) in [([40], true), ([20, 20], true), ([40], false)] {
                _ = try compare(tower, histories, of: 0, parts: parts, exact: exact, with: expected)
            }
        }
        // Without numbers.
        let schema = Market.schema(shops: 300)
        let small = HistoryShape(width: 8, layers: 1, heads: 2, outputs: 2, events: 30)
        let tower = try HistoryTower(small, schema, seed: 1)
        let histories = Market.histories([30], of: schema, visited: 200, seed: 3)
        let expected = try tower.encode(histories, Ledgers.rows(histories), budget: 64 << 20)
        _ = try compare(tower, histories, of: 0, parts: [30], exact: true, with: expected)
    }

    @Test func largeFieldsAreRead() throws {
        let shops = 70_000
        let tables = NSTemporaryDirectory() + "tables-" + String(UInt64.random(in: 0 ... .max), radix: 16)
        defer { try? FileManager.default.removeItem(atPath: tables) }
        let small = HistoryShape(width: 8, layers: 2, heads: 2, outputs: 4, events: 64)
        let tower = try Ledgers.tower(small, shops: shops, tables: tables)
        let histories = Ledgers.histories([5, 60], shops: shops, seed: 3)
        let open = try OpenTables(of: tower, in: tables)
        let rows = Ledgers.rows(histories).filter { $0.entity == 1 }
        let expected = try tower.encode(histories, rows, budget: 64 << 20, tables: open)
        for (parts, exact) in [([60], true), ([33, 27], true), (Array(repeating: 1, count: 60), false)] {
            _ = try compare(tower, histories, of: 1, parts: parts, exact: exact, tables: open, with: expected)
        }
        // Each event's own shop matters.
        var changed = histories
        changed.codes[2][5 + 30] = (changed.codes[2][5 + 30] + 1) % Int32(shops)
        let other = try tower.encode(changed, rows, budget: 64 << 20, tables: open)
        let decoder = try TowerDecoder(tower, tables: open)
        let cache = try DenseStore(tower).history(of: [1])
        let outputs = try decoder.advance(changed, of: 1, events: 0..<60, over: cache, exact: true)
        #expect(other.row(30) != expected.row(30) && other.row(29) == expected.row(29))
        for column in 0..<4 { #expect(abs(Double(outputs[30 * 4 + column]) - other[30, column]) < 1e-5) }

        let unlearned = try HistoryTower(small, Ledgers.schema(shops: shops), seed: 1)
        #expect(throws: HistoryTowerError.unlearned(["shop"])) { try TowerDecoder(unlearned, tables: nil) }
    }

    @Test func hashesSayWhatTheTowerMakesOfEvents() throws {
        let schema = Ledgers.schema(shops: 50)
        let tower = try HistoryTower(shape, schema, seed: 5)
        #expect(tower.modelHash.utf8.count == 64)
        let copy = try JSONDecoder().decode(HistoryTower.self, from: JSONEncoder().encode(tower))
        #expect(copy.modelHash == tower.modelHash)
        var quiet = shape
        quiet.dropout = 0
        #expect(try HistoryTower(quiet, schema, seed: 5).modelHash == tower.modelHash)
        var others: [HistoryTower] = [
            try HistoryTower(shape, schema, seed: 6), try Ledgers.tower(shape, shops: 50),
            try Ledgers.widened(tower, to: 255),
        ]
        var (unit, name) = (schema, schema)
        unit.timeUnit = 60
        name.fields[1].name = "price"
        for schema in [unit, name, Ledgers.schema(shops: 51)] {
            others.append(try HistoryTower(shape, schema, seed: 5))
        }
        for heads in [1, 6] {
            var other = shape
            other.heads = heads
            others.append(try HistoryTower(other, schema, seed: 5))
        }
        #expect(Set((others + [tower]).map(\.modelHash)).count == others.count + 1)
    }
}
