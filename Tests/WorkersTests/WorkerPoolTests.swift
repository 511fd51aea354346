import Glibc
import Synchronization
import Testing
import Workers

@Suite struct WorkerPoolTests {
    /// Calls by index, and the threads that made them.
    private final class Record: Sendable {
        private let state: Mutex<(calls: [Int], threads: Set<pthread_t>)>

        init(count: Int) { state = Mutex(([Int](repeating: 0, count: count), [])) }

        func note(_ index: Int) {
            state.withLock {
                $0.calls[index] += 1
                $0.threads.insert(pthread_self())
            }
        }

        var calls: [Int] { state.withLock { $0.calls } }
        var threads: Set<pthread_t> { state.withLock { $0.threads } }
    }

    /// Lets a thread go on when somebody says so.
    private final class Gate: Sendable {
        private let isOpen = Atomic(false)
        func open() { isOpen.store(true, ordering: .releasing) }
        func wait() { while !isOpen.load(ordering: .acquiring) { usleep(100) } }
    }

    @Test(arguments: [1, 2, 5]) func everyIndexIsVisitedOnce(threads: Int) {
        let pool = WorkerPool(threads: threads)
        for count in [0, 1, 2, 7, 5000] {
            let record = Record(count: count)
            #expect(pool.run(count: count) { record.note($0) })
            #expect(record.calls == .init(repeating: 1, count: count))
            #expect(record.threads.count <= threads)
        }
    }

    /// Two calls that wait for each other end only if two threads make them at once.
    @Test func aBatchUsesSeveralThreads() {
        let pool = WorkerPool(threads: 2)
        let gates = [Gate(), Gate()]
        let record = Record(count: 2)
        #expect(
            pool.run(count: 2) { index in
                record.note(index)
                gates[index].open()
                gates[1 - index].wait()
            })
        #expect(record.threads.count == 2)
        #expect(record.threads.contains(pthread_self()), "the caller works too")
    }

    @Test func aLimitOfOneThreadKeepsEverythingOnTheCaller() {
        let pool = WorkerPool(threads: 4)
        let record = Record(count: 2000)
        WorkContext(threads: 1).run {
            let isComplete = pool.run(count: 20) { outer in
                // The limit holds however deep.
                _ = pool.run(count: 100) { record.note(100 * outer + $0) }
            }
            #expect(isComplete)
        }
        #expect(record.calls == .init(repeating: 1, count: 2000))
        #expect(record.threads == [pthread_self()])
    }

    @Test func aLimitHoldsOnThePoolsThreadsToo() {
        let pool = WorkerPool(threads: 8)
        let record = Record(count: 5000)
        WorkContext(threads: 2).run {
            #expect(pool.run(count: 5000) { record.note($0) })
        }
        #expect(record.threads.count <= 2)
    }

    @Test(arguments: [1, 4]) func cancellationStopsTheWork(threads: Int) {
        let pool = WorkerPool(threads: threads)
        let cancellation = Cancellation()
        let record = Record(count: 10_000)
        let gate = Gate()
        WorkContext(cancellation: cancellation).run {
            let isComplete = pool.run(count: 10_000) { index in
                record.note(index)
                if index == 50 {
                    cancellation.cancel()
                    gate.open()
                } else if index > 50 {
                    gate.wait()
                }
            }
            #expect(!isComplete)
            #expect(!pool.run(count: 10) { record.note($0) }, "it cannot be taken back")
        }
        // What was under way when index 50 was, and no more.
        #expect(record.calls[0...50].allSatisfy { $0 == 1 })
        #expect(record.calls.reduce(0, +) <= 50 + threads)
    }

    /// Calls that see the cancellation may end early, so even a last one that was under way does not count.
    @Test(arguments: [1, 2]) func workCancelledDuringItsLastCallIsNotComplete(count: Int) {
        let cancellation = Cancellation()
        WorkContext(cancellation: cancellation).run {
            #expect(!WorkerPool(threads: 1).run(count: count) { if $0 == count - 1 { cancellation.cancel() } })
        }
        let other = Cancellation()
        WorkContext(cancellation: other).run {
            #expect(
                Parallel.map(count: 1) { index in
                    other.cancel()
                    return index
                } == nil)
        }
    }

    @Test func calledWorkSeesTheCancellation() {
        let pool = WorkerPool(threads: 3)
        let cancellation = Cancellation()
        let inner = Mutex<[Bool]>([])
        WorkContext(cancellation: cancellation).run {
            _ = pool.run(count: 3) { _ in
                cancellation.cancel()
                let isComplete = pool.run(count: 3) { _ in }
                inner.withLock { $0.append(isComplete || !WorkContext.current.isCancelled) }
            }
        }
        #expect(inner.withLock { $0 }.allSatisfy { !$0 })
        #expect(!inner.withLock { $0 }.isEmpty)
        #expect(!WorkContext.current.isCancelled)
    }

    @Test(arguments: [1, 3]) func progressReachesTheTotal(threads: Int) {
        let pool = WorkerPool(threads: threads)
        let told = Mutex<[Int]>([])
        let progress: @Sendable (Int, Int) -> Void = { done, total in
            told.withLock { $0.append(total == 300 ? done : -1) }
        }
        WorkContext(progress: progress).run {
            #expect(pool.run(count: 300, reportsProgress: true) { _ in })
            #expect(pool.run(count: 100) { _ in }, "who does not report is not heard of")
        }
        // Threads may be overtaken between counting and telling.
        #expect(told.withLock { $0 }.sorted() == Array(1...300))
    }

    @Test func partsTellOfTheWhole() {
        let told = Mutex<[[Int]]>([])
        let whole = WorkContext(progress: { done, total in told.withLock { $0.append([done, total]) } })
        for part in 0..<2 {
            whole.part(part, of: 2).run {
                #expect(WorkerPool(threads: 1).run(count: 3, reportsProgress: true) { _ in })
            }
        }
        #expect(told.withLock { $0 } == (1...6).map { [$0, 6] })
        #expect(WorkContext().part(1, of: 2).progress == nil)
    }

    /// Batches come from several threads at once, each of which hands in batches from within its batches.
    @Test func manyBatchesAtOnce() {
        let pool = WorkerPool(threads: 3)
        let callers = 8
        let record = Record(count: callers * 50 * 20)
        let finished = Atomic(0)
        for caller in 0..<callers {
            startThread(isBackground: caller % 2 == 0) {
                for round in 0..<10 {
                    let isComplete = pool.run(count: 5) { outer in
                        let first = ((caller * 10 + round) * 5 + outer) * 20
                        _ = pool.run(count: 20) { record.note(first + $0) }
                    }
                    if isComplete { finished.add(1, ordering: .acquiringAndReleasing) }
                }
            }
        }
        for _ in 0..<60_000 where finished.load(ordering: .acquiring) < 10 * callers { usleep(1000) }
        #expect(finished.load(ordering: .acquiring) == 10 * callers)
        #expect(record.calls == .init(repeating: 1, count: callers * 50 * 20))
        #expect(record.threads.count <= callers + 2)
    }

    @Test func aPoolWithoutThreadsTraps() async {
        await #expect(processExitsWith: .failure) { _ = WorkerPool(threads: 0) }
    }
}
