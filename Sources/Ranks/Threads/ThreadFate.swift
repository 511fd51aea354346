internal import Glibc

/// What all threads of one run share: a lock, and how the run stands.
final class ThreadFate: @unchecked Sendable {  // everything below is used under the lock only
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// The first error and the rank that has it.
    private(set) var failure: (rank: Int, error: any Error)?
    /// The ranks of the whole run whose bodies have returned.
    private(set) var finished: Set<Int> = []

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func locked<Output>(_ body: () throws(RankError) -> Output) throws(RankError) -> Output {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Under the lock: waits until something has changed.
    func wait() { pthread_cond_wait(condition, mutex) }

    /// Under the lock: says that something has changed.
    func signal() { pthread_cond_broadcast(condition) }

    /// Under the lock: throws where the run has failed.
    func check() throws(RankError) {
        guard let (rank, error) = failure else { return }
        if let error = error as? RankError, case .failed = error { throw error }
        throw .failed(rank: rank, problem: "\(error)")
    }

    /// Notes the end of a rank's body; the first error counts.
    func finish(_ rank: Int, _ error: (any Error)?) {
        pthread_mutex_lock(mutex)
        finished.insert(rank)
        if let error, failure == nil { failure = (rank, error) }
        signal()
        pthread_mutex_unlock(mutex)
    }

    /// Waits until all bodies have returned.
    func waitForAll(_ count: Int) {
        pthread_mutex_lock(mutex)
        while finished.count < count { wait() }
        pthread_mutex_unlock(mutex)
    }
}
