/// What must happen one after the other where two parties work: how long it takes if nobody else uses their cores, and the link
/// takes no time.
struct CriticalPath {
    /// Of the steps in one of these groups, either party does its own at the same time.
    let groups: [[(seat: Seat, steps: [String])]]

    init(_ groups: [[(seat: Seat, steps: [String])]]) { self.groups = groups }

    /// - Parameter steps: The processor's seconds of each step at a party.
    func seconds(_ steps: (Seat) -> [String: Double]) -> Double {
        groups.reduce(0) { path, group in
            path + (group.map { own in own.steps.reduce(0) { $0 + steps(own.seat)[$1, default: 0] } }.max() ?? 0)
        }
    }
}
