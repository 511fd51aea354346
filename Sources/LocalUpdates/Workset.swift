/// The batches whose statistics may be used again, and the order in which local steps do so.
///
/// Strict round robin: of the batches that were not used in the last W - 1 local steps, that which was used or exchanged longest ago.
/// A batch leaves when it has been used R times, its exchange included, or W rounds after its exchange. The order depends on the plan
/// and on nothing else: every party has the same, nothing of it need be sent, and what is sent tells nothing of it.
public struct Workset<Entry> {
    fileprivate struct Slot {
        let round: Int
        let entry: Entry
        var uses = 0
        /// On the clock of all uses.
        var lastUse: Int
    }

    private let plan: ReusePlan
    private var slots: [Slot] = []
    private var rounds = 0
    private var clock = 0
    /// Rounds of the batches that the last W - 1 local steps used.
    private var recent: [Int] = []

    /// An empty workset.
    public init(_ plan: ReusePlan) { self.plan = plan }

    /// Takes the statistics of the batch just exchanged.
    ///
    /// - Returns: what the local steps before the next round use, in their order: `reuse - 1` of them, or fewer while the workset
    ///   fills.
    public mutating func insert(_ entry: Entry) -> [Entry] {
        guard plan.stepsPerRound > 0 else { return [] }
        slots.removeAll { rounds - $0.round >= plan.workset }
        clock += 1
        slots.append(Slot(round: rounds, entry: entry, lastUse: clock))
        rounds += 1
        return (0..<plan.stepsPerRound).compactMap { _ in next() }
    }

    private mutating func next() -> Entry? {
        let eligible = slots.indices.filter { !recent.contains(slots[$0].round) }
        guard let index = eligible.min(by: { slots[$0].lastUse < slots[$1].lastUse }) else { return nil }
        clock += 1
        slots[index].uses += 1
        slots[index].lastUse = clock
        recent = (recent + [slots[index].round]).suffix(plan.workset - 1)
        defer { if slots[index].uses == plan.stepsPerRound { slots.remove(at: index) } }
        return slots[index].entry
    }
}

extension Workset: Sendable where Entry: Sendable {}
extension Workset.Slot: Sendable where Entry: Sendable {}
