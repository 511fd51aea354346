internal import HistoryTower
public import ParallelPlanning
internal import RankTowers
internal import Ranks

/// Measures the machines that a party's ranks run on, or its own where it has none, as plans for its towers need it.
public struct ClusterMeasurement {
    /// What was found.
    public let profile: ClusterProfile
    /// The page of it in the party's state, where plans find it.
    public let path: String

    /// Takes seconds, in which the machines should have nothing else to do.
    ///
    /// - Parameters:
    ///   - program: What ranks run, `colonnade-party`.
    ///   - width, heads, events: Of the towers that it is for.
    ///   - log: Told what ranks and their launcher write.
    /// - Throws: `DocumentError` where ranks cannot start here; `StateError`; what ranks throw.
    public init(
        _ file: PartyFile, program: String, width: Int, heads: Int, events: Int,
        log: @escaping @Sendable (String) -> Void
    ) throws {
        var shape = HistoryShape()
        (shape.width, shape.heads, shape.events) = (width, heads, events)
        guard let settings = file.ranks else {
            let alone = TowerRanks(1, hosts: nil, state: file.state) { _, payload, _ in
                try ThreadRanks.run(1) { try TowerService.profile($0, payload) }[0]
            }
            (profile, path) = (try alone.profile(shape, again: true), alone.path("profile", of: shape))
            return
        }
        try settings.requireLauncher()
        let group = RankGroup(file.name, settings, program: program, log: log)
        let seat = group.enter()
        defer { seat.end() }
        let ranks = seat.towers(state: file.state)
        (profile, path) = (try ranks.profile(shape, again: true), ranks.path("profile", of: shape))
    }
}
