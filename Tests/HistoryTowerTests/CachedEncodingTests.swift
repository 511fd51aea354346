import Arithmetic
import Foundation
import HistoryTower
import Testing

@Suite struct CachedEncodingTests {
    private let shape = HistoryShape(width: 12, layers: 2, heads: 3, outputs: 4, events: 96, dropout: 0)

    private func expectNear(_ values: Matrix<Double>, _ expected: Matrix<Double>) {
        #expect(values.rows == expected.rows && values.columns == expected.columns)
        for (value, other) in zip(values.elements, expected.elements) { #expect(abs(value - other) < 1e-5) }
    }

    @Test func rowsReadWhatTheStoreKeeps() throws {
        let tower = try Ledgers.tower(shape, shops: 50)
        let histories = Ledgers.histories([96, 3, 0, 40], shops: 50, seed: 1)
        let rows = [(3, 40), (-1, 0), (0, 1), (0, 96), (2, 0), (3, 1), (0, 50), (0, 50), (-1, 3)].map {
            Readout(entity: $0.0, events: $0.1, gap: 0)
        }
        let store = DenseStore(tower)
        var told: [[Int]] = []
        let first = try tower.encode(histories, rows, over: store, names: Ledgers.name) { told.append([$0, $1]) }
        expectNear(first.outputs, try tower.encode(histories, rows, budget: 64 << 20))
        for row in [1, 4, 8] { #expect(first.outputs.row(row).allSatisfy { $0 == 0 }) }
        #expect(told == [[96, 136], [136, 136]])
        #expect(first.update.built == 136 && first.update.appended == 0 && first.update.kept == 0)
        #expect(first.update.entitiesBuilt == 2 && first.update.entitiesRebuilt == 0 && first.update.seconds > 0)
        #expect(first.drift == nil)
        // Nobody reads of this one yet.
        #expect(store.kept(Ledgers.name(1)) == nil)
        store.calls = []
        let again = try tower.encode(histories, rows, over: store, names: Ledgers.name)
        #expect(again.outputs == first.outputs && store.calls.isEmpty)
        #expect(again.update.kept == 136 && again.update.built == 0 && again.update.entitiesBuilt == 0)
        #expect(try tower.update(store, with: histories, names: Ledgers.name).built == 3)
        let none = try tower.encode(histories, [rows[1]], over: store, names: Ledgers.name)
        #expect(none.outputs.elements == [0, 0, 0, 0])
    }

    @Test func newEventsAreAppendedOneByOne() throws {
        let tower = try Ledgers.tower(shape, shops: 50)
        let histories = Ledgers.histories([96, 20, 60], shops: 50, seed: 2)
        let rows = Ledgers.rows(histories)
        let expected = try tower.encode(histories, rows, budget: 64 << 20)
        var stores: [DenseStore] = []
        // The same bits however many come at once.
        for lengths in [[[50, 20, 0]], [[50, 20, 0], [51, 20, 0], [80, 20, 0]]] {
            let store = DenseStore(tower)
            for (step, lengths) in lengths.enumerated() {
                let update = try tower.update(
                    store, with: histories.beginning(lengths), names: Ledgers.name)
                #expect(step == 0 ? update.built == 70 : update.built == 0 && update.appended > 0)
            }
            store.calls = []
            let encoding = try tower.encode(histories, rows, over: store, names: Ledgers.name)
            #expect(encoding.update.built == 60 && encoding.update.appended + encoding.update.kept == 96 + 20)
            #expect(store.calls.map(\.exact) == [false, false, true, true])
            expectNear(encoding.outputs, expected)
            stores.append(store)
        }
        for entity in 0..<3 { #expect(stores[0].kept(Ledgers.name(entity)) == stores[1].kept(Ledgers.name(entity))) }
    }

    @Test func aChangedPastIsNoticed() throws {
        let tower = try Ledgers.tower(shape, shops: 50)
        let histories = Ledgers.histories([30, 20, 40], shops: 50, seed: 3)
        let store = DenseStore(tower)
        try tower.update(store, with: histories, names: Ledgers.name)
        var changed = histories
        changed.codes[0][histories.starts[1]] = 1 + changed.codes[0][histories.starts[1]] % 6
        var update = try tower.update(store, with: changed, names: Ledgers.name)
        #expect(update.entitiesRebuilt == 1 && update.built == 20 && update.kept == 70 && update.entitiesBuilt == 1)
        #expect(store.forgotten == [Ledgers.name(1)])
        let rows = Ledgers.rows(changed)
        expectNear(
            try tower.encode(changed, rows, over: store, names: Ledgers.name).outputs,
            try tower.encode(changed, rows, budget: 64 << 20))
        // Of which less is known than was.
        let shorter = changed.beginning([30, 20, 39])
        update = try tower.update(store, with: shorter, names: Ledgers.name)
        #expect(update.entitiesRebuilt == 1 && update.built == 39 && store.kept(Ledgers.name(2))?.count == 39)
        #expect(store.kept(Ledgers.name(2))?.fingerprint == shorter.fingerprint(of: 2, after: 39))
    }

    /// Wherever a build or an update ends, what comes of the next one has the bits of one that never ended.
    @Test func whatFailedGoesOnAsIfNothingHadHappened() throws {
        let small = HistoryShape(width: 4, layers: 2, heads: 1, outputs: 2, events: 16)
        let tower = try Ledgers.tower(small, shops: 50)
        let histories = Ledgers.histories([20, 1100], shops: 50, seed: 4)
        let known = histories.beginning([17, 1090])
        func run(_ store: DenseStore, _ histories: EventHistories) throws -> StoreUpdate {
            try tower.update(store, with: histories, names: Ledgers.name)
        }
        let whole = DenseStore(tower, sight: 8)
        _ = try run(whole, known)
        _ = try run(whole, histories)
        // Two layers and a commit for each of 1 + 3 chunks, and again for 1 + 1 chunks of new events.
        for calls in 0..<18 {
            let store = DenseStore(tower, sight: 8)
            store.callsLeft = calls
            for histories in [known, histories] {
                let isRefused = store.callsLeft < (histories.events == known.events ? 12 : 6)
                if isRefused {
                    #expect(throws: Refused.self) { try run(store, histories) }
                    let before = [0, 1].map { store.kept(Ledgers.name($0))?.outputs ?? [] }
                    store.callsLeft = .max
                    // What was committed can still be read.
                    for (entity, outputs) in before.enumerated() {
                        let expected = try #require(whole.kept(Ledgers.name(entity))).outputs
                        #expect(outputs == Array(expected.prefix(outputs.count)))
                    }
                }
                #expect(try run(store, histories).entitiesRebuilt == 0)
            }
            for entity in 0..<2 { #expect(store.kept(Ledgers.name(entity)) == whole.kept(Ledgers.name(entity))) }
        }
        // Cancelled by whom it tells.
        let store = DenseStore(tower, sight: 8)
        #expect(throws: Refused.self) {
            try tower.update(store, with: known, names: Ledgers.name) { done, _ in if done > 600 { throw Refused() } }
        }
        #expect(store.kept(Ledgers.name(1))?.count == 1024)
        #expect(try run(store, known).kept == 17 + 1024)
        _ = try run(store, histories)
        for entity in 0..<2 { #expect(store.kept(Ledgers.name(entity)) == whole.kept(Ledgers.name(entity))) }
    }

    @Test func driftIsMeasuredAgainstFullAttention() throws {
        let tower = try Ledgers.tower(shape, shops: 50)
        let histories = Ledgers.histories([150, 1, 90], shops: 50, seed: 5)
        let rows = Ledgers.rows(histories) + [Readout(entity: -1, events: 0, gap: 0)]
        func encode(sight: Int, sample: Int) throws -> CachedEncoding {
            let store = DenseStore(tower, sight: sight)
            // Known, so that their events are appended within the budget.
            try tower.update(store, with: histories.beginning([1, 1, 1]), names: Ledgers.name)
            return try tower.encode(
                histories, rows, over: store, names: Ledgers.name,
                drift: DriftSample(rows: sample, seed: 1, budget: 64 << 20))
        }
        let full = try #require(try encode(sight: .max, sample: 1000).drift)
        #expect(full.rows == 241 && full.largest < 1e-5 && full.mean <= full.largest && full.overall <= full.largest)
        let short = try encode(sight: 8, sample: 1000)
        let expected = try Ledgers.widened(tower, to: 150).encode(histories, rows, budget: 64 << 20)
        var (ratios, squares, lengths) = ([Double](), 0.0, 0.0)
        for row in 0..<241 {
            let (values, whole) = (short.outputs.row(row), expected.row(row))
            let difference = zip(values, whole).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            let length = whole.reduce(0) { $0 + $1 * $1 }
            ratios.append((difference / length).squareRoot())
            squares += difference
            lengths += length
        }
        let drift = try #require(short.drift)
        #expect(drift.rows == 241 && drift.mean > 0.01, "\(drift)")
        #expect(abs(drift.mean - ratios.reduce(0, +) / 241) < 1e-6 * drift.mean)
        #expect(abs(drift.largest - (ratios.max() ?? 0)) < 1e-6 * drift.largest)
        #expect(abs(drift.overall - (squares / lengths).squareRoot()) < 1e-6 * drift.overall)
        let sampled = try #require(try encode(sight: 8, sample: 7).drift)
        #expect(sampled.rows == 7 && sampled.largest <= drift.largest * (1 + 1e-6) && sampled.mean > 0)
        #expect(try encode(sight: 8, sample: 0).drift == Drift(rows: 0, mean: 0, largest: 0, overall: 0))
    }
}
