import Foundation
import HistoryCache
import HistoryTower
import Testing

/// A tower over a store on the disk.
@Suite struct StoredHistoriesTests {
    private let shape = HistoryShape(width: 16, layers: 2, heads: 2, outputs: 3, events: 256)

    private func folder() -> String {
        NSTemporaryDirectory() + "histories-" + String(UInt64.random(in: 0 ... .max), radix: 16)
    }

    private func outputs(
        _ store: HistoryStore, _ tower: HistoryTower, _ histories: EventHistories
    ) throws -> [[Double]] {
        let encoding = try tower.encode(histories, Ledgers.rows(histories), over: store, names: Ledgers.name)
        return (0..<encoding.outputs.rows).map { Array(encoding.outputs.row($0)) }
    }

    @Test func aWholeBudgetIsFullAttention() throws {
        let tower = try Ledgers.tower(shape, shops: 50)
        let histories = Ledgers.histories([256, 10, 180], shops: 50, seed: 1)
        let expected = try tower.encode(histories, Ledgers.rows(histories), budget: 64 << 20)
        let folder = folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cacheShape = tower.cacheShape(events: 256, budget: 1)
        #expect(cacheShape.problems.isEmpty)
        let store = try HistoryStore(creating: folder, model: tower.modelHash, shape: cacheShape)
        // Some events are built, the others appended.
        try tower.update(store, with: histories.beginning([130, 10, 1]), names: Ledgers.name)
        let encoding = try tower.encode(histories, Ledgers.rows(histories), over: store, names: Ledgers.name)
        #expect(encoding.update.built == 0 && encoding.update.appended == 126 + 179)
        for (value, other) in zip(encoding.outputs.elements, expected.elements) { #expect(abs(value - other) < 1e-5) }
    }

    @Test func aReopenedStoreGoesOnAsIfNothingHadHappened() throws {
        let tower = try Ledgers.tower(shape, shops: 50)
        let histories = Ledgers.histories([1200, 300], shops: 50, seed: 2)
        let known = histories.beginning([1100, 40])
        let cacheShape = tower.cacheShape(events: 512, budget: 0.1)
        let folders = [folder(), folder()]
        defer { for folder in folders { try? FileManager.default.removeItem(atPath: folder) } }
        func open(_ folder: String) throws -> HistoryStore {
            try HistoryStore(creating: folder, model: tower.modelHash, shape: cacheShape)
        }
        let whole = try open(folders[0])
        try tower.update(whole, with: known, names: Ledgers.name)
        let expected = try outputs(whole, tower, histories)

        for limit in [512, 1024] {
            let store = try open(folders[1])
            #expect(throws: Refused.self) {
                try tower.update(store, with: known, names: Ledgers.name) { done, _ in
                    if done >= limit { throw Refused() }
                }
            }
        }
        do {
            let store = try open(folders[1])
            let update = try tower.update(store, with: known, names: Ledgers.name)
            #expect(update.kept == 1024 && update.built == 76 + 40 && update.entitiesRebuilt == 0)
        }
        let store = try open(folders[1])
        #expect(try outputs(store, tower, histories) == expected)
        // A share of events is not all of them, and says about the same.
        let rows = Ledgers.rows(histories)
        let drift = try #require(
            try tower.encode(
                histories, rows, over: store, names: Ledgers.name,
                drift: DriftSample(rows: 100, seed: 1, budget: 64 << 20)
            ).drift)
        #expect(drift.rows == 100 && drift.mean > 1e-5 && drift.mean < 0.5, "\(drift)")

        var changed = histories
        changed.numbers[1][2] += 1
        let update = try tower.update(store, with: changed, names: Ledgers.name)
        #expect(update.entitiesRebuilt == 1 && update.built == 1200 && update.kept == 300)
    }
}
