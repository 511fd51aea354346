import Glibc

/// A part of a process' life.
struct Lap: Codable {
    var seconds: Double
    /// Of the processor, in user and system time, of all threads.
    var cpuSeconds: Double
    /// Of all frames that were sent.
    var bytesSent: Int
}

/// Takes the time of parts of a process' life.
struct Stopwatch {
    private var start = ContinuousClock.now
    private var cpu = Stopwatch.cpuSeconds
    private var bytes = 0

    /// What has passed since the last call.
    mutating func lap(bytesSent: Int) -> Lap {
        let now = (ContinuousClock.now, Self.cpuSeconds)
        defer { (start, cpu, bytes) = (now.0, now.1, bytesSent) }
        return Lap(
            seconds: (now.0 - start) / .seconds(1), cpuSeconds: now.1 - cpu, bytesSent: bytesSent - bytes)
    }

    private static var usage: rusage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage
    }

    private static var cpuSeconds: Double {
        let usage = usage
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    /// Of the processor, for this thread, which does all the work of its process: others on its core do not count.
    static var threadSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The most memory that the process had, in kilobytes.
    static var peakMemory: Int { usage.ru_maxrss }
}
