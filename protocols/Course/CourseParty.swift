public import Link
public import Specification

/// The label party's side: one announcement to every feature party.
public struct CourseLabelParty: Role {
    /// What it announced.
    public typealias Output = Announcement

    private let features: [Party]
    private let announcement: Announcement

    /// - Parameter features: To whom, in the job's order.
    public init(features: [Party], announcement: Announcement) {
        (self.features, self.announcement) = (features, announcement)
    }

    /// Tells all. Once.
    public mutating func start() -> [Action<Output>] {
        let frame = CourseFrames.frame(announcement)
        return features.map { .send(frame, to: $0) } + [.output(announcement)]
    }

    public var awaiting: Party? { nil }

    public mutating func receive(_ frame: Frame, from peer: Party) throws(ProtocolViolation) -> [Action<Output>] {
        throw outOfTurn(frame, from: peer)
    }
}

/// A feature party's side: it hears.
public struct CourseFeatureParty: Role {
    /// What it heard.
    public typealias Output = Announcement

    private let label: Party
    private let rows: Int?
    private var isDone = false

    /// - Parameter rows: Common rows, where it is to hear what they are for; `nil` for a decision.
    public init(label: Party, rows: Int?) { (self.label, self.rows) = (label, rows) }

    public var awaiting: Party? { isDone ? nil : label }

    /// - Throws: ``ProtocolViolation`` for a payload that is no announcement.
    public mutating func receive(_ frame: Frame, from peer: Party) throws(ProtocolViolation) -> [Action<Output>] {
        guard !isDone else { throw outOfTurn(frame, from: peer) }
        try require(rows == nil ? "D1" : "P1", frame, from: peer)
        guard let announcement = Announcement(frame.payload, rows: rows) else {
            throw ProtocolViolation(
                frame.header, from: peer,
                expected: rows == nil ? "a number from 0 to 3" : "a part for every row, and nothing behind the last",
                found: "another payload")
        }
        isDone = true
        return [.output(announcement)]
    }
}

private enum CourseFrames {
    static func frame(_ announcement: Announcement) -> Frame {
        let (phase, step, count) =
            switch announcement {
            case .split(let parts): ("split", "P1", parts.count)
            case .decision: ("decision", "D1", 1)
            }
        return Frame(
            header: FrameHeader(
                protocolName: CourseProtocol.specification.name, phase: phase, round: 0, step: step, kind: .control,
                shape: [count]),
            payload: announcement.bytes)
    }
}
