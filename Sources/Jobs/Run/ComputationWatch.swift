internal import Coordination
internal import Synchronization

/// Passes progress on, and speaks up between rounds where one computation takes long: a person who waits wants to know for what.
final class ComputationWatch: Sendable {
    private struct State: Sendable {
        var last = ControlMessage.Progress(stage: .connect)
        var start = ContinuousClock.now
        var lastNote = ContinuousClock.now
    }

    private static let patience: Duration = .seconds(10)
    private let state = Mutex(State())
    private let notify: @Sendable (ControlMessage.Progress) -> Void

    init(_ notify: @escaping @Sendable (ControlMessage.Progress) -> Void) { self.notify = notify }

    /// Where the job is.
    func tell(_ progress: ControlMessage.Progress) {
        state.withLock {
            $0.last = progress
            $0.last.note = nil
        }
        notify(progress)
    }

    /// Part `done` of a computation's `parts` is over. From any thread.
    func advance(_ done: Int, of parts: Int) {
        let now = ContinuousClock.now
        let report = state.withLock { state -> ControlMessage.Progress? in
            if done == 1 { (state.start, state.lastNote) = (now, now) }
            guard done < parts, now - state.lastNote > Self.patience else { return nil }
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
