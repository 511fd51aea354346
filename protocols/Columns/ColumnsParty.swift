public import Link
public import Specification

/// Why a party cannot announce what it brings.
public enum ColumnsError: Error, Equatable {
    case outOfRange(Contribution, expected: String)
}

extension ColumnsError: AbortReasonProviding, CustomStringConvertible {
    public var abortReason: AbortReason { .badData }

    public var description: String {
        switch self {
        case .outOfRange(let own, let expected):
            "this party's preparation gives \(own.columns) columns and \(own.fields) embedded fields of \(own.tableRows) "
                + "categories; \(expected) are possible"
        }
    }
}

/// One party's part: its numbers to everybody, everybody's numbers in return.
public struct ColumnsParty: Role {
    /// What every party brings, this one included.
    public typealias Output = [Party: Contribution]

    private enum State {
        case idle
        /// Of the party whose turn it is, so many numbers have come.
        case numbers(RollCall<Contribution>, Contribution, count: Int)
        case done
    }

    private let me: Party
    private let others: [Party]
    private let own: Contribution
    private var state = State.idle
    private static let nothing = Contribution(columns: 0)

    /// - Parameters:
    ///   - parties: All parties, this one included: at least two.
    ///   - own: What this party brings.
    public init(me: Party, parties: [Party], own: Contribution) {
        self.me = me
        others = parties.filter { $0 != me }.sorted()
        precondition(!others.isEmpty, "an announcement needs somebody who hears it")
        self.own = own
    }

    /// Tells all. Partners' frames are taken in the order of their names.
    /// - Throws: ``ColumnsError/outOfRange(_:expected:)`` where a number is outside its limits.
    public mutating func start() throws(ColumnsError) -> [Action<Output>] {
        if let problem = own.problem { throw .outOfRange(own, expected: problem) }
        state = .numbers(RollCall(others), Self.nothing, count: 0)
        let frames = Contribution.steps.enumerated().map { index, step in
            var payload = CanonicalWriter()
            payload.count(own.number(of: index))
            return Frame(
                header: FrameHeader(
                    protocolName: ColumnsProtocol.specification.name, phase: "announce", round: 0, step: step,
                    kind: .shape, shape: [own.number(of: index)]),
                payload: payload.bytes)
        }
        return others.flatMap { other in frames.map { .send($0, to: other) } }
    }

    public var awaiting: Party? {
        switch state {
        case .numbers(let calls, _, _): calls.next
        case .idle, .done: nil
        }
    }

    /// - Throws: ``ProtocolViolation`` for a number outside its limits.
    public mutating func receive(_ frame: Frame, from peer: Party) throws(ProtocolViolation) -> [Action<Output>] {
        switch state {
        case .idle, .done:
            throw outOfTurn(frame, from: peer)
        case .numbers(var calls, var contribution, let count):
            try require(Contribution.steps[count], frame, from: peer)
            var reader = CanonicalReader(frame.payload)
            let number = try? reader.count()
            let problem = contribution.take(reader.remaining == 0 ? number ?? -1 : -1, of: count)
            let isLast = count + 1 == Contribution.steps.count
            if let problem = problem ?? (isLast ? contribution.problem : nil) {
                throw ProtocolViolation(frame.header, from: peer, expected: problem, found: "another number")
            }
            guard isLast else {
                state = .numbers(calls, contribution, count: count + 1)
                return []
            }
            calls.take(contribution)
            guard calls.next == nil else {
                state = .numbers(calls, Self.nothing, count: 0)
                return []
            }
            state = .done
            return [.output(calls.answers.merging([me: own]) { theirs, _ in theirs })]
        }
    }
}
