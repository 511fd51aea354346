import Foundation
import Glibc

/// What one process measured.
struct LayerResult: Codable {
    /// One repetition.
    struct Repetition: Codable {
        /// From the first event to the end of the last round.
        var seconds: Double
        /// Of the processor, in user and system time.
        var cpuSeconds: Double
        /// Frames that were sent.
        var bytesSent: Int
    }

    /// Making and exchanging keys; first shares; whatever comes before the first round.
    var setup: Repetition
    var repetitions: [Repetition]
    /// Of all repetitions.
    var sums: LayerTally.Sums
    /// In kilobytes.
    var peakMemory: Int
}

/// Takes the time of parts of a process' life.
struct LayerClock {
    private var start = ContinuousClock.now
    private var cpu = LayerClock.cpuSeconds
    private var bytes = 0

    /// What has passed since the last call.
    mutating func lap(bytesSent: Int) -> LayerResult.Repetition {
        let now = (ContinuousClock.now, Self.cpuSeconds)
        defer { (start, cpu, bytes) = (now.0, now.1, bytesSent) }
        return .init(
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

    static var peakMemory: Int { usage.ru_maxrss }
}
