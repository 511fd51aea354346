public import Specification

/// One party's part: its checkpoints to everybody, everybody's in return.
public struct ResumptionParty: Role {
    /// The latest moment of which all parties have a checkpoint; `nil` where there is none.
    public typealias Output = Moment?

    private enum State {
        case idle
        case offers(RollCall<[Moment]>)
        case done
    }

    private let me: Party
    private let others: [Party]
    private let own: [Moment]
    private var state = State.idle

    /// - Parameters:
    ///   - parties: All parties, this one included: at least two.
    ///   - own: What this party can go on from; of more than two, the latest two are offered.
    public init(me: Party, parties: [Party], own: [Moment]) {
        self.me = me
        others = parties.filter { $0 != me }.sorted()
        precondition(!others.isEmpty, "to go on together takes two")
        self.own = Array(Set(own).sorted(by: >).prefix([Moment].offered))
    }

    /// Tells all. Partners' frames are taken in the order of their names.
    public mutating func start() -> [Action<Output>] {
        state = .offers(RollCall(others))
        let frame = Frame(
            header: FrameHeader(
                protocolName: ResumptionProtocol.specification.name, phase: "resume", round: 0, step: "R1",
                kind: .control, shape: [1]),
            payload: own.encoded)
        return others.map { .send(frame, to: $0) }
    }

    public var awaiting: Party? {
        switch state {
        case .offers(let offers): offers.next
        case .idle, .done: nil
        }
    }

    /// - Throws: ``ProtocolViolation`` for what is no list of checkpoints.
    public mutating func receive(_ frame: Frame, from peer: Party) throws(ProtocolViolation) -> [Action<Output>] {
        guard case .offers(var offers) = state else { throw outOfTurn(frame, from: peer) }
        try require("R1", frame, from: peer)
        guard let theirs = [Moment](decoding: frame.payload) else {
            throw ProtocolViolation(
                frame.header, from: peer, expected: "at most two checkpoints, the later one first", found: "other bytes"
            )
        }
        offers.take(theirs)
        guard offers.next == nil else {
            state = .offers(offers)
            return []
        }
        state = .done
        return [.output(offers.answers.values.reduce(Set(own)) { $0.intersection($1) }.max())]
    }
}
