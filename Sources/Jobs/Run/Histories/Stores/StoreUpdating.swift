internal import Histories
internal import HistoryCache
internal import HistoryTower
internal import Synchronization
internal import Workers

/// Brings a store of histories up to date, several entities at a time.
struct StoreUpdating: Sendable {
    let tower: HistoryTower
    let store: HistoryStore
    let events: EventHistories
    /// Of the tower's fields with very many codes.
    let tables: OpenTables
    /// What the store calls an entity.
    let key: @Sendable (_ entity: Int) -> [UInt8]

    /// What threads share.
    private struct Shared {
        var next = 0
        var done = 0
        var hasFailed = false

        /// The next place of so many; nil where there is none, or another thread has failed.
        mutating func take(of count: Int) -> Int? {
            guard next < count, !hasFailed else { return nil }
            defer { next += 1 }
            return next
        }
    }

    /// Each thread of the job's share of cores takes the longest history that nobody has taken yet. What is in the store afterwards does
    /// not depend on how many threads there are.
    ///
    /// - Parameter progress: Events that are done, those that were kept included, and of how many; from any thread, one at a time.
    /// - Throws: as `CachedTower.update`, and ``CancelledLearning``.
    func update(_ entities: [Int], progress: (_ done: Int, _ of: Int) throws -> Void) throws -> StoreUpdate {
        let start = ContinuousClock.now
        func length(_ entity: Int) -> Int { events.starts[entity + 1] - events.starts[entity] }
        let order = entities.sorted { (length($1), $0) < (length($0), $1) }
        let all = entities.reduce(0) { $0 + length($1) }
        // Tables are read through one window of memory.
        let cores = tower.tables.isEmpty ? WorkContext.current.threads ?? WorkerPool.shared.threads : 1
        let shared = Mutex(Shared())
        let updates = withoutActuallyEscaping(progress) { progress in
            // Called under the lock alone, and not after this has returned.
            nonisolated(unsafe) let tell = progress
            return Parallel.map(count: max(1, min(order.count, cores))) { _ in
                Result {
                    try part(of: order, shared) { count in
                        try shared.withLock { shared in
                            shared.done += count
                            try tell(shared.done, all)
                        }
                    }
                }
            }
        }
        guard let updates else { throw CancelledLearning() }
        var update = try updates.map { try $0.get() }.reduce(StoreUpdate(), +)
        update.learned.sort()
        update.seconds = (ContinuousClock.now - start) / .seconds(1)
        return update
    }

    /// What one thread does of it.
    private func part(
        of order: [Int], _ shared: borrowing Mutex<Shared>, progress: (_ count: Int) throws -> Void
    ) throws -> StoreUpdate {
        do {
            let cached = try CachedTower(tower, over: store, tables: tables)
            var update = StoreUpdate()
            while let place = shared.withLock({ $0.take(of: order.count) }) {
                var before = 0
                update =
                    try update
                    + cached.update(with: events, entities: [order[place]], names: key) { done, _ in
                        try progress(done - before)
                        before = done
                    }
            }
            return update
        } catch {
            shared.withLock { $0.hasFailed = true }
            throw error
        }
    }
}
