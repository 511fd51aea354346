internal import Glibc

/// A lock with conditions to wait for. Of pthread, since a condition of `Synchronization` is not there.
package final class Monitor: @unchecked Sendable {
    // Unchecked: the pointers never change, and what is behind them is made for several threads.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let conditions: UnsafeMutablePointer<pthread_cond_t>
    private let count: Int

    /// - Parameter conditions: How many things can be waited for.
    package init(conditions count: Int) {
        self.count = count
        conditions = .allocate(capacity: count)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        for index in 0..<count {
            (conditions + index).initialize(to: pthread_cond_t())
            pthread_cond_init(conditions + index, &attributes)
        }
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        for index in 0..<count { pthread_cond_destroy(conditions + index) }
        pthread_mutex_destroy(mutex)
        conditions.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` while no other thread is in here.
    package func enter<Output, Failure: Error>(_ body: () throws(Failure) -> Output) throws(Failure) -> Output {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Inside `enter`: lets others in until a condition is signalled; perhaps spuriously.
    package func wait(for condition: Int) {
        pthread_cond_wait(conditions + condition, mutex)
    }

    /// The same, but no longer than until a time of ``now()``.
    package func wait(for condition: Int, until deadline: UInt64) {
        var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        pthread_cond_timedwait(conditions + condition, mutex, &time)
    }

    /// Wakes all who wait for a condition.
    package func signal(_ condition: Int) {
        pthread_cond_broadcast(conditions + condition)
    }

    /// Nanoseconds of a clock that only goes forward.
    package static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// A thread of its own, that is waited for at its end: what blocks on a disk must not sit on the threads of Swift's tasks.
package struct OwnThread: Sendable {
    private let thread: pthread_t

    /// - Throws: ``TierError/thread(code:)``.
    package init(_ body: @escaping @Sendable () -> Void) throws(TierError) {
        final class Start: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let start = Unmanaged.passRetained(Start(body))
        let status = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, start.toOpaque())
        guard status == 0 else {
            start.release()
            throw .thread(code: status)
        }
        self.thread = thread
    }

    /// Waits for its end; once.
    package func join() { pthread_join(thread, nil) }
}
