/// Something to move, or to give up, at a moment of a step.
public struct MoveTask: Hashable, Sendable {
    /// What is done with a tensor.
    public enum Kind: Hashable, Sendable {
        /// Bring a tensor up. The room that it takes is its own from here on.
        case load
        /// Write a tensor down that was changed. It stays.
        case writeBack
        /// Give up a tensor's room: once what was begun before has ended, something else may be loaded there.
        case drop
    }

    /// What is done.
    public var kind: Kind
    /// The tensor's number in the trace.
    public var tensor: Int
    /// Begun when the operation before this one ends, that is before this one begins; as many as there are operations: after the last.
    public var before: Int
    /// Of a load, the operation that waits for it.
    public var neededBy: Int?

    /// A task of a tensor of that number.
    public init(_ kind: Kind, _ tensor: Int, before: Int, neededBy: Int? = nil) {
        (self.kind, self.tensor, self.before, self.neededBy) = (kind, tensor, before, neededBy)
    }
}

/// When which tensors are moved during a step, and what that costs.
public struct MovePlan: Hashable, Sendable {
    /// In the order in which they are begun; moves are carried out one after the other in this order, as a ``PageFile`` does.
    public var tasks: [MoveTask]
    /// By operation: bytes of tensors in memory while it runs, with those that are being loaded.
    public var residentBytes: [Int]
    /// The tensors that are in memory after the step, unchanged since they were loaded or written.
    public var residentAtEnd: Set<Int>
    /// Seconds that operations wait for loads, all together.
    public var stall: Double

    /// How many tensors are loaded.
    public var loads: Int { tasks.count { $0.kind == .load } }
    /// The most bytes in memory at once.
    public var peak: Int { residentBytes.max() ?? 0 }
}

/// What a step takes if moves share one link, in and out, and are carried out one after the other in their order.
struct LinkSimulation {
    private let seconds: [Double]
    private let transferSeconds: [Double]

    init(_ trace: AccessTrace, bandwidth: Double) {
        seconds = trace.operations.map(\.seconds)
        transferSeconds = trace.tensors.map { Double($0.bytes) / bandwidth }
    }

    /// Seconds that operations wait.
    /// - Parameter tasks: In their order.
    func stall(_ tasks: [MoveTask]) -> Double {
        var now = 0.0
        var linkIsFree = 0.0
        var waiting = 0.0
        var next = 0
        var ready = [Double](repeating: 0, count: seconds.count)
        for operation in seconds.indices {
            while next < tasks.count, tasks[next].before <= operation {
                let task = tasks[next]
                next += 1
                if task.kind == .drop { continue }
                linkIsFree = max(linkIsFree, now) + transferSeconds[task.tensor]
                if let user = task.neededBy { ready[user] = max(ready[user], linkIsFree) }
            }
            let start = max(now, ready[operation])
            waiting += start - now
            now = start + seconds[operation]
        }
        return waiting
    }
}
