import Glibc

/// A value that threads share, a lock around it, and a way to wait for it to change.
///
/// Every access wakes the threads that wait, so no change can be missed; with the handful of threads of a job that costs little.
///
/// `@unchecked Sendable`: the value is only touched between `lock` and `unlock`.
package final class Monitor<State>: @unchecked Sendable {
    private var state: State
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init(_ state: sending State) {
        self.state = state
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // The clock on the wall may be set at any time.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` alone with the value. It must not call out: it holds the lock.
    package func withLock<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(changed)
            pthread_mutex_unlock(mutex)
        }
        return try body(&state)
    }

    /// Runs `attempt` now and after every change until it returns a value; nil when the deadline comes first.
    /// - Parameter moment: When an attempt that gave nothing could give something without any change; nil for never.
    package func wait<Result, Failure: Error>(
        until deadline: ContinuousClock.Instant, orAt moment: (State) -> ContinuousClock.Instant? = { _ in nil },
        for attempt: (inout State) throws(Failure) -> Result?
    ) throws(Failure) -> Result? {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(changed)
            pthread_mutex_unlock(mutex)
        }
        while true {
            let isLast = ContinuousClock.now >= deadline
            if let result = try attempt(&state) { return result }
            if isLast { return nil }
            var time = Self.monotonicTime(of: min(deadline, moment(state) ?? deadline))
            pthread_cond_timedwait(changed, mutex, &time)
        }
    }

    private static func monotonicTime(of deadline: ContinuousClock.Instant) -> timespec {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let (seconds, attoseconds) = max(.zero, deadline - .now).components
        let nanoseconds = now.tv_nsec + Int(attoseconds / 1_000_000_000)
        return timespec(
            tv_sec: now.tv_sec + Int(seconds) + nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
    }
}
