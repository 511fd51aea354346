/// What a role wants done: the driver carries it out, in order.
public enum Action<Output: Sendable>: Sendable {
    /// Hands a frame to the link; nothing waits for its arrival.
    case send(Frame, to: Party)
    /// A result for the party's own job; never leaves its process by itself.
    case output(Output)
    /// More to compute: the driver carries out what stands before and then calls ``Role/proceed()``. So a long answer travels part by
    /// part, and its receiver computes with one part while its sender makes the next.
    case proceed
}

/// One party's part in a protocol: a pure state machine. No socket, no file, no clock, no `await`.
///
/// A driver repeats: carry out the actions; while `awaiting` names a party, take that party's next frame and give it to
/// ``receive(_:from:)``. Frames are taken in this one order, so that a run is reproducible and its transcript has one form.
public protocol Role {
    /// What the role gives to its own party. May be private.
    associatedtype Output: Sendable

    /// Whose frame comes next; `nil` when the role waits for a local event or is done.
    var awaiting: Party? { get }

    /// Takes the next frame of the party that ``awaiting`` named.
    /// - Throws: ``ProtocolViolation`` where the frame is not what the protocol calls for.
    mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<Output>]

    /// Goes on with what ``Action/proceed`` announced.
    mutating func proceed() throws -> [Action<Output>]
}

extension Role {
    /// Roles that never ask for it have nothing to go on with.
    public mutating func proceed() throws -> [Action<Output>] { [] }
}

extension Role {
    /// Refuses a frame that is not the `step` of the party whose turn it is. The guard of a running party has done so before; a role
    /// does not rely on that.
    public func require(_ step: String, _ frame: Frame, from peer: Party) throws(ProtocolViolation) {
        guard peer == awaiting, frame.header.step == step else { throw outOfTurn(frame, from: peer) }
    }

    /// What a frame is that comes when the role waits for another one, or for none.
    public func outOfTurn(_ frame: Frame, from peer: Party) -> ProtocolViolation {
        ProtocolViolation(
            frame.header, from: peer, expected: awaiting.map { "a frame from \($0)" } ?? "no frame",
            found: "\(frame.header.step) from \(peer)")
    }
}

/// A frame that the specification does not allow here, or a payload that fails its check. Holds names and sizes, never data.
public struct ProtocolViolation: Error, Equatable, CustomStringConvertible {
    /// Who is to blame: the sender of the frame.
    public var party: Party
    /// Name of the protocol in which it was found.
    public var protocolName: String
    /// Name of the phase.
    public var phase: String
    /// Counted within the phase, from 0.
    public var round: Int
    /// The frame's own step, as it says.
    public var step: String
    /// What the specification or the role calls for: names and numbers.
    public var expected: String
    /// What came instead: names and numbers.
    public var found: String

    /// A violation with its fields as they are.
    public init(
        party: Party, protocolName: String, phase: String, round: Int, step: String, expected: String, found: String
    ) {
        self.party = party
        self.protocolName = protocolName
        self.phase = phase
        self.round = round
        self.step = step
        self.expected = expected
        self.found = found
    }

    /// A violation in the frame with this header.
    public init(_ header: FrameHeader, from party: Party, expected: String, found: String) {
        self.init(
            party: party, protocolName: header.protocolName, phase: header.phase, round: header.round,
            step: header.step, expected: expected, found: found)
    }

    public var description: String {
        "\(party) broke the protocol \(protocolName) in \(phase) round \(round), step \(step): "
            + "expected \(expected), found \(found)"
    }
}
