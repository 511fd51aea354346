internal import Specification

/// How the leader learns the function's value at each of its ids, from every member, and shows nobody which ids these are.
protocol LeaderFunction {
    /// What comes first, without waiting for anybody.
    mutating func start() throws -> [Action<AlignedPlaces>]

    /// Goes on sending, or computes what the next answer takes.
    mutating func proceed() throws -> [Action<AlignedPlaces>]

    /// Whose frame comes next; `nil` when all values are known.
    var awaiting: Party? { get }

    mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<AlignedPlaces>]

    /// The values of a member's function, in the order of the leader's list.
    func values(of member: Party) -> Values
}

/// How a member answers, and learns the value at each of its own ids.
protocol MemberFunction {
    mutating func start() throws -> [Action<AlignedPlaces>]

    /// Goes on answering.
    mutating func proceed() throws -> [Action<AlignedPlaces>]

    /// Whether it waits for the leader; if not, and nothing is left to go on with, its part is done.
    var isWaiting: Bool { get }

    mutating func receive(_ frame: Frame, from leader: Party) throws -> [Action<AlignedPlaces>]

    /// The values at the member's ids, in their order, without those that pad the list.
    func values() throws -> Values
}
