import Glibc
import Synchronization
import Testing
import Workers

@Suite struct CoreShareTests {
    /// How many calls are made at one moment, at most; inner batches' calls count, the outer ones that wait for them do not.
    private func most(_ context: WorkContext, on pool: WorkerPool) -> Int {
        let now = Atomic(0)
        let most = Atomic(0)
        _ = context.run {
            pool.run(count: 8) { _ in
                _ = pool.run(count: 8) { _ in
                    let count = now.add(1, ordering: .relaxed).newValue
                    most.max(count, ordering: .relaxed)
                    usleep(200)
                    now.subtract(1, ordering: .relaxed)
                }
            }
        }
        return most.load(ordering: .relaxed)
    }

    @Test(arguments: 1...3) func innerBatchesKeepToItToo(cores: Int) {
        let pool = WorkerPool(threads: 8)
        for _ in 0..<10 { #expect(most(WorkContext(share: CoreShare(cores)), on: pool) <= cores) }
        #expect((0..<20).contains { _ in most(WorkContext(), on: pool) > 3 }, "without a share, all threads work")
    }

    @Test func itMayChangeWhileWorkGoesOn() {
        let (pool, share) = (WorkerPool(threads: 8), CoreShare(1))
        #expect(most(WorkContext(share: share), on: pool) == 1)
        share.cores = 4
        #expect((1...4).contains(most(WorkContext(share: share), on: pool)))
        #expect(WorkContext(threads: 2, share: share).threads == 2)
        #expect(WorkContext(threads: 9, share: share).threads == 4)
    }

    @Test func sharesAddUpToWhatIsDivided() {
        let shares = (0..<3).map { _ in CoreShare(1) }
        CoreShare.divide(8, among: shares)
        #expect(shares.map(\.cores) == [3, 3, 2])
        CoreShare.divide(2, among: shares)
        #expect(shares.map(\.cores) == [1, 1, 1], "nobody gets none")
    }
}
