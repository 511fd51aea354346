internal import Glibc
internal import Synchronization

/// A fixed set of threads for work that computes and never waits: products under encryption, exponentiations, curve points.
///
/// Whoever hands in a batch works on it too, so batches may be handed in from within batches, and a pool without threads of
/// its own still gets everything done.
package final class WorkerPool: Sendable {
    /// One thread for each core, the caller's included; kept for the life of the process.
    package static let shared = WorkerPool(threads: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    /// Threads that work on a batch at once, the caller's included.
    package let threads: Int
    private let queue = BatchQueue()

    /// - Parameter threads: At least 1.
    package init(threads: Int) {
        precondition(threads > 0, "the caller works too")
        self.threads = threads
        for _ in 1..<threads { startThread { [queue] in queue.serve() } }
    }

    deinit { queue.close() }

    /// Calls `body` once for each index in `0..<count`, on several threads and in any order; returns when all calls are over.
    ///
    /// - Parameter reportsProgress: Whether the ``WorkContext`` is told of each call that is over.
    /// - Returns: Whether all were made: `false` if the ``WorkContext`` was cancelled before the last one was over, for calls
    ///   that see it may end early.
    package func run(count: Int, reportsProgress: Bool = false, _ body: @Sendable (Int) -> Void) -> Bool {
        let context = WorkContext.current
        let limit = min(threads, context.threads ?? threads)
        return withoutActuallyEscaping(body) { body in
            let batch = Batch(count: count, context: context, reportsProgress: reportsProgress, body: body)
            guard limit > 1, count > 1 else {
                batch.work()
                return batch.isComplete
            }
            queue.add(batch, helpers: min(limit, count) - 1)
            batch.work()
            queue.finish(batch)
            batch.forgetCalls()
            return batch.isComplete
        }
    }
}

/// Calls to be made, and how many were.
private final class Batch: @unchecked Sendable {  // `body` changes only when no thread works any more
    let context: WorkContext
    private let count: Int
    private let reportsProgress: Bool
    private var body: (@Sendable (Int) -> Void)?
    private let next = Atomic(0)
    private let done = Atomic(0)
    /// Threads of the pool that are at it.
    let helpers = Atomic(0)

    init(count: Int, context: WorkContext, reportsProgress: Bool, body: @escaping @Sendable (Int) -> Void) {
        self.count = count
        self.reportsProgress = reportsProgress
        self.context = context
        self.body = body
    }

    var isComplete: Bool { done.load(ordering: .acquiring) == count && !context.isCancelled }

    /// A thread of the pool may hold on to the batch for a moment longer than the caller; the calls must not live on.
    func forgetCalls() { body = nil }

    /// Makes calls until none is left or the context is cancelled.
    func work() {
        guard let body else { return }
        while !context.isCancelled {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            body(index)
            let done = done.add(1, ordering: .acquiringAndReleasing).newValue
            if reportsProgress { context.progress?(done, count) }
        }
    }
}

/// Batches that want more threads.
private final class BatchQueue: @unchecked Sendable {  // everything below is touched under `mutex` only
    private struct Entry {
        let batch: Batch
        /// How many more threads may join.
        var wanted: Int
    }

    private var entries: [Entry] = []
    private var isClosed = false
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// How often there was something new. For threads that look again for a moment before they sleep: waking one takes longer
    /// than many a batch.
    private let news = Atomic(0)
    private static let looks = 4000

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    func add(_ batch: Batch, helpers: Int) {
        locked { entries.append(Entry(batch: batch, wanted: helpers)) }
        news.add(1, ordering: .releasing)
    }

    /// Lets nobody else join, and waits for those who have.
    func finish(_ batch: Batch) {
        locked { entries.removeAll { $0.batch === batch } }
        for _ in 0..<Self.looks where batch.helpers.load(ordering: .acquiring) == 0 { return }
        locked {
            while batch.helpers.load(ordering: .acquiring) > 0 { pthread_cond_wait(changed, mutex) }
        }
    }

    func close() {
        locked { isClosed = true }
    }

    /// What each thread of the pool does for all its life.
    func serve() {
        while let batch = take() {
            WorkContext.$current.withValue(batch.context) { batch.work() }
            locked {
                update(batch) { $0.wanted = 0 }
                batch.context.share?.leave()
                batch.helpers.subtract(1, ordering: .releasing)
            }
            let seen = news.load(ordering: .relaxed)
            for _ in 0..<Self.looks where news.load(ordering: .relaxed) != seen { break }
        }
    }

    private func take() -> Batch? {
        locked {
            while true {
                if isClosed { return nil }
                // The newest first: an inner batch holds up the outer one that it belongs to.
                if let index = entries.lastIndex(where: { $0.wanted > 0 && $0.batch.context.share?.hasRoom ?? true }) {
                    entries[index].wanted -= 1
                    entries[index].batch.context.share?.join()
                    entries[index].batch.helpers.add(1, ordering: .relaxed)
                    return entries[index].batch
                }
                pthread_cond_wait(changed, mutex)
            }
        }
    }

    private func update(_ batch: Batch, _ change: (inout Entry) -> Void) {
        if let index = entries.firstIndex(where: { $0.batch === batch }) { change(&entries[index]) }
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(changed)
            pthread_mutex_unlock(mutex)
        }
        return body()
    }
}
