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
    private static let longestIdle = 0.004
    /// Its shortest.
    private static let shortestIdle = 0.000_05
    /// Nor does it sleep longer than this share of the wait so far, so that what follows soon begins as soon.
    private static let idleShare = 0.02

    private let kind: Kind
    private let start = Pace.now

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
    func pause() {
        switch kind {
        case .busy where elapsed < Self.spinning: return
        case .busy where elapsed < Self.yielding, .crowded where elapsed < Self.yielding: sched_yield()
        case .busy, .crowded: usleep(100)
        case .idle:
            let sleep = min(max(elapsed * Self.idleShare, Self.shortestIdle), Self.longestIdle)
            usleep(UInt32(sleep * 1e6))
        }
    }
}
