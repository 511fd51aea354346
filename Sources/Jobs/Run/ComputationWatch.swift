package import Coordination
internal import Synchronization

/// Passes progress on, and speaks up between rounds where one computation takes long: a person who waits wants to know for what.
package final class ComputationWatch: Sendable {
    private struct State: Sendable {
        var last = ControlMessage.Progress(stage: .connect)
        var start: ContinuousClock.Instant
        var lastNote: ContinuousClock.Instant
        var done = 0
        var parts = 0
    }

    private let patience: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>
    private let notify: @Sendable (ControlMessage.Progress) -> Void

    /// - Parameters:
    ///   - patience: How long a computation goes on before anything is said of it, and again between one note and the next.
    ///   - now: What time it is.
    package init(
        patience: Duration = .seconds(10), now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        _ notify: @escaping @Sendable (ControlMessage.Progress) -> Void
    ) {
        self.patience = patience
        self.now = now
        self.notify = notify
        let start = now()
        state = Mutex(State(start: start, lastNote: start))
    }

    /// Where the job is.
    package func tell(_ progress: ControlMessage.Progress) {
        state.withLock {
            $0.last = progress
            $0.last.note = nil
        }
        notify(progress)
    }

    /// The part of the job that was told of last.
    package var stage: ControlMessage.Stage { state.withLock { $0.last.stage } }

    /// Part `done` of a computation's `parts` is over. From any thread.
    package func advance(_ done: Int, of parts: Int) {
        let now = now()
        let report = state.withLock { [patience] state -> ControlMessage.Progress? in
            // Parts that are over at the same moment may be told out of order.
            if parts != state.parts || done <= state.done / 2 { (state.start, state.lastNote) = (now, now) }
            (state.done, state.parts) = (done, parts)
            guard done < parts, now - state.lastNote > patience else { return nil }
            state.lastNote = now
            var progress = state.last
            let left = (now - state.start) / .seconds(1) / Double(done) * Double(parts - done)
            progress.note =
                "computing under encryption: \(100 * done / parts) %, \(Int(left.rounded(.up))) s left of this step"
            return progress
        }
        if let report { notify(report) }
    }
}
