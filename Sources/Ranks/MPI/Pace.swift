internal import Glibc

/// How a rank waits: at first with all its attention, then less and less.
struct Pace {
    enum Kind {
        /// Within a request, each rank with a core of its own.
        case busy
        /// Within a request, more ranks than cores: whoever waits makes room at once.
        case crowded
        /// Between requests, which may be long.
        case idle
    }

    /// How long a rank spins, where it has a core of its own: what a message of some ten kilobytes takes.
    private static let spinning = 0.000_2
    /// How long it keeps asking between two yields: transfers of megabytes go on only while it asks.
    private static let yielding = 0.02
    /// The longest sleep of an idle rank: 250 short wakes a second, and so much later at most a request begins.
    private static let longestIdle: UInt32 = 4000

    private let kind: Kind
    private let start = Pace.now
    private var sleep: UInt32 = 50

    init(_ kind: Kind) { self.kind = kind }

    /// Seconds of the monotonic clock.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Seconds since the wait began.
    var elapsed: Double { Self.now - start }

    /// Called after each look that found nothing.
    mutating func pause() {
        switch kind {
        case .busy where elapsed < Self.spinning: return
        case .busy where elapsed < Self.yielding, .crowded where elapsed < Self.yielding: sched_yield()
        case .busy, .crowded: usleep(100)
        case .idle:
            usleep(sleep)
            sleep = min(sleep * 2, Self.longestIdle)
        }
    }
}
