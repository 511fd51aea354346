import Specification
import Synchronization

/// Takes the processor's seconds of what a role does in each step of its protocol.
protocol StepClock: Sendable {
    /// Runs a role's answer to a frame, or to an event, under the name of the step.
    func measure<Output>(step: String, _ body: () throws -> Output) rethrows -> Output
}

/// A role whose answers are timed by the step of the frame that they answer, and apart from these what it goes on with afterwards.
struct MeasuredRole<Base: Role>: Role {
    var base: Base
    let tally: any StepClock
    private var step = "start"

    init(base: Base, tally: any StepClock) { (self.base, self.tally) = (base, tally) }

    var awaiting: Party? { base.awaiting }

    mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<Base.Output>] {
        step = frame.header.step
        return try tally.measure(step: step) { try base.receive(frame, from: peer) }
    }

    mutating func proceed() throws -> [Action<Base.Output>] {
        try tally.measure(step: "after \(step)") { try base.proceed() }
    }
}

/// Seconds by step, and nothing else.
final class StepTally: StepClock {
    private let sums = Mutex<[String: Double]>([:])

    var seconds: [String: Double] { sums.withLock { $0 } }

    func measure<Output>(step: String, _ body: () throws -> Output) rethrows -> Output {
        let start = Stopwatch.threadSeconds
        defer {
            let seconds = Stopwatch.threadSeconds - start
            sums.withLock { $0[step, default: 0] += seconds }
        }
        return try body()
    }
}
