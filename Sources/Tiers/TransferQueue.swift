/// Transfers that wait for the thread of a ``PageFile``, in a ring that is allocated once, and which of them are done.
final class TransferQueue: @unchecked Sendable {  // All that changes is behind `monitor`.
    /// What is to be moved.
    struct Request {
        var isWrite: Bool
        var memory: UnsafeMutableRawPointer
        var place: Int
        var count: Int
    }

    /// What is waited for.
    private enum Condition { static let work = 0, done = 1, pace = 2 }

    private let monitor = Monitor(conditions: 3)
    private let ring: UnsafeMutablePointer<Request>
    private let capacity: Int
    /// Numbers of transfers: those begun, and those of them that have ended, in the same order.
    private var begun: UInt64 = 0
    private var ended: UInt64 = 0
    private var isStopping = false
    private var rate: Double?
    private var counters = PageFile.Counters()
    /// The first transfer that failed. None after it is carried out, for it might read what was never written.
    private var failure: (number: UInt64, error: TierError)?

    init(capacity: Int, rate: Double?) {
        self.capacity = capacity
        self.rate = rate
        ring = .allocate(capacity: capacity)
    }

    deinit { ring.deallocate() }

    /// Adds a transfer; waits while the ring is full.
    /// - Returns: Its number.
    func add(_ request: Request) -> UInt64 {
        monitor.enter {
            stall(on: { begun - ended == UInt64(capacity) })
            (ring + Int(begun % UInt64(capacity))).initialize(to: request)
            begun += 1
            monitor.signal(Condition.work)
            return begun
        }
    }

    /// Waits until a transfer has ended.
    func wait(for number: UInt64) throws(TierError) {
        try monitor.enter { () throws(TierError) in
            precondition(number <= begun, "a transfer of this file")
            stall(on: { ended < number })
            if let failure, failure.number <= number { throw failure.error }
        }
    }

    /// Whether a transfer has ended.
    func hasEnded(_ number: UInt64) -> Bool { monitor.enter { ended >= number } }

    var currentCounters: PageFile.Counters { monitor.enter { counters } }

    /// Changes what is let through; at once, also for the transfer under way.
    var currentRate: Double? {
        get { monitor.enter { rate } }
        set {
            monitor.enter {
                rate = newValue
                monitor.signal(Condition.pace)
            }
        }
    }

    /// Lets the thread end what was begun, as fast as it can, and then itself.
    func stop() {
        monitor.enter {
            isStopping = true
            rate = nil
            monitor.signal(Condition.work)
            monitor.signal(Condition.pace)
        }
    }

    /// The thread's work: transfers one after the other, until ``stop()``.
    func run(on file: UnnamedFile) {
        while true {
            switch next() {
            case .carryOut(let request): finish(request, since: Monitor.now(), carryOut(request, on: file))
            case .skip: finish()
            case .stop: return
            }
        }
    }

    private enum Step { case carryOut(Request), skip, stop }

    /// Waits for a request.
    private func next() -> Step {
        monitor.enter {
            while begun == ended {
                if isStopping { return .stop }
                monitor.wait(for: Condition.work)
            }
            return failure == nil ? .carryOut(ring[Int(ended % UInt64(capacity))]) : .skip
        }
    }

    private func carryOut(_ request: Request, on file: UnnamedFile) -> TierError? {
        request.isWrite
            ? file.write(request.memory, count: request.count, at: request.place)
            : file.read(request.memory, count: request.count, at: request.place)
    }

    private func finish(_ request: Request, since start: UInt64, _ error: TierError?) {
        monitor.enter {
            if let error {
                failure = (ended + 1, error)
            } else {
                pace(request.count, since: start)
                counters.busy += .nanoseconds(Int64(Monitor.now() - start))
                counters.count(request)
            }
            end()
        }
    }

    private func finish() { monitor.enter { end() } }

    private func end() {
        ended += 1
        monitor.signal(Condition.done)
    }

    /// A token bucket without a store: a transfer lasts as long as its bytes take at the rate, and at least as long as the disk took.
    private func pace(_ bytes: Int, since start: UInt64) {
        var owed = Double(bytes)
        var last = start
        while let rate {
            let now = Monitor.now()
            owed -= Double(now - last) * 1e-9 * rate
            last = now
            if owed <= 0 { return }
            // Bounded, so that a rate of nearly zero does not overflow; the loop goes on.
            monitor.wait(for: Condition.pace, until: now + UInt64(min(owed / rate, 60) * 1e9) + 1)
        }
    }

    /// Waits while a condition holds, and counts the time.
    private func stall(on condition: () -> Bool) {
        guard condition() else { return }
        let start = Monitor.now()
        while condition() { monitor.wait(for: Condition.done) }
        counters.stalled += .nanoseconds(Int64(Monitor.now() - start))
    }
}

extension PageFile.Counters {
    fileprivate mutating func count(_ request: TransferQueue.Request) {
        transfers += 1
        if request.isWrite { bytesWritten += request.count } else { bytesRead += request.count }
    }
}
