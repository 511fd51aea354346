/// Decides when tensors are moved between memory and the tier below while a step runs, after Angel-PTM's unified scheduler (arXiv 2303.02868).
///
/// 1. What leaves memory: by Belady's rule, and right after its last use, so that its room is free early. What was changed is written back
///    right after its last use in any case.
/// 2. When what is missing is loaded: right before its use at the latest, and from there as early as the bytes in memory stay within the
///    capacity at every operation in between.
/// 3. What is left over: tensors stay after their last use where there is room, for the next step.
///
/// For n tensors, T operations and l loads it takes O((n + l)(n + T)) time, and O(l (T + l log l)) more if operations still have to wait.
public struct MoveScheduler: Hashable, Sendable {
    /// Bytes that tensors may take in memory.
    public var capacity: Int
    /// Bytes a second between memory and the tier below, in both directions together.
    public var bandwidth: Double

    /// For tensors in so many bytes of memory, over a link of so many bytes a second.
    public init(capacity: Int, bandwidth: Double) {
        precondition(capacity >= 0 && bandwidth > 0, "a capacity, and a bandwidth above 0")
        (self.capacity, self.bandwidth) = (capacity, bandwidth)
    }

    /// Plans a step.
    ///
    /// - Parameters:
    ///   - trace: What it uses.
    ///   - resident: Tensors that are in memory before it, within the capacity; what the tier below holds of them is up to date.
    ///   - hoisting: Whether loads begin before the operation that needs them.
    /// - Throws: ``TierError/operation(_:needed:capacity:)``.
    public func plan(
        _ trace: AccessTrace, resident: Set<Int> = [], hoisting: Bool = true
    ) throws(TierError) -> MovePlan {
        precondition(
            resident.reduce(0) { $0 + trace.tensors[$1].bytes } <= capacity, "what is in memory before fits into it")
        let simulation = LinkSimulation(trace, bandwidth: bandwidth)
        var residency = try Residency(trace, capacity: capacity, resident: resident)
        if hoisting {
            residency.hoistInOrder()
            residency.hoistAhead { simulation.stall($0.tasks) }
        }
        let kept = residency.keepToTheEnd()
        let tasks = residency.tasks
        return MovePlan(
            tasks: tasks, residentBytes: residency.residentBytes, residentAtEnd: kept, stall: simulation.stall(tasks))
    }
}
