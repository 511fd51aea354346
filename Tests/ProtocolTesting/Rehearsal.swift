public import Specification

/// One direction of one link.
public struct Route: Hashable, Sendable {
    public let sender, receiver: Party

    public init(sender: Party, receiver: Party) {
        self.sender = sender
        self.receiver = receiver
    }

    /// The same link, the other way.
    var back: Route { Route(sender: receiver, receiver: sender) }
}

/// A whole federation on one thread: its roles, a guard at either end of every link, frames in memory between them.
public final class Rehearsal<Output: Sendable> {
    /// A role's place in the federation.
    public final class Seat<R: Role> where R.Output == Output {
        public let party: Party
        public fileprivate(set) var role: R

        fileprivate init(_ party: Party, _ role: R) {
            self.party = party
            self.role = role
        }
    }

    /// What every role has given so far.
    public private(set) var outputs: [Party: [Output]] = [:]
    /// Changes a frame on its way: after the sender's guard, before the receiver's.
    public var onTheWay: (_ frame: Frame, _ sender: Party, _ receiver: Party) -> Frame = { frame, _, _ in frame }
    /// Every frame in the order in which it was sent.
    public private(set) var sent: [Frame] = []
    /// The same, link by link.
    public private(set) var sentOnRoute: [Route: [Frame]] = [:]

    private var awaiting: [Party: () -> Party?] = [:]
    private var deliver: [Party: (Frame, Party) throws -> [Action<Output>]] = [:]
    private var proceed: [Party: () throws -> [Action<Output>]] = [:]
    /// The guard at the sender's end of each route; it also holds what comes back.
    private var guards: [Route: Guard] = [:]
    private var underWay: [Route: [Frame]] = [:]

    public init(_ specification: ProtocolSpecification, _ plan: SessionPlan) throws {
        let parties = plan.members.map(\.party)
        for me in parties {
            for peer in parties where peer != me {
                guards[Route(sender: me, receiver: peer)] = try Guard(specification, plan: plan, me: me, peer: peer)
            }
        }
    }

    /// True when every frame of the plan has crossed its link.
    public var isFinished: Bool { guards.values.allSatisfy(\.isFinished) && underWay.values.allSatisfy(\.isEmpty) }

    public func seat<R: Role>(_ party: Party, _ role: R) -> Seat<R> where R.Output == Output {
        let seat = Seat(party, role)
        awaiting[party] = { seat.role.awaiting }
        deliver[party] = { try seat.role.receive($0, from: $1) }
        proceed[party] = { try seat.role.proceed() }
        return seat
    }

    /// Lets an event happen to one role.
    public func perform<R>(_ seat: Seat<R>, _ event: (inout R) throws -> [Action<Output>]) throws {
        try carryOut(event(&seat.role), by: seat.party)
    }

    /// Delivers frames until no role waits for one that was sent.
    public func settle() throws {
        var moved = true
        while moved {
            moved = false
            for (party, peer) in awaiting.mapValues({ $0() }).sorted(by: { $0.key < $1.key }) {
                guard let peer else { continue }
                let route = Route(sender: peer, receiver: party)
                guard let frame = underWay[route]?.first else { continue }
                underWay[route]?.removeFirst()
                moved = true
                try guards[route.back]?.receive(frame)
                try carryOut(deliver[party]?(frame, peer) ?? [], by: party)
            }
        }
    }

    private func carryOut(_ actions: [Action<Output>], by party: Party) throws {
        for action in actions {
            switch action {
            case .output(let output): outputs[party, default: []].append(output)
            case .send(let frame, let peer):
                let route = Route(sender: party, receiver: peer)
                try guards[route]?.send(frame)
                sent.append(frame)
                sentOnRoute[route, default: []].append(frame)
                underWay[route, default: []].append(onTheWay(frame, party, peer))
            case .proceed: try carryOut(proceed[party]?() ?? [], by: party)
            }
        }
    }
}
