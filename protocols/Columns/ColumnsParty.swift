public import Link
public import Specification

/// Why a party cannot announce its columns.
public enum ColumnsError: Error, Equatable {
    case outOfRange(columns: Int)
}

extension ColumnsError: AbortReasonProviding, CustomStringConvertible {
    public var abortReason: AbortReason { .badData }

    public var description: String {
        switch self {
        case .outOfRange(let columns):
            "this party's preparation gives \(columns) columns; "
                + "\(ColumnsProtocol.limits.lowerBound) to \(ColumnsProtocol.limits.upperBound) are possible"
        }
    }
}

/// One party's part: its number to everybody, everybody's number in return.
public struct ColumnsParty: Role {
    /// Prepared columns of every party, this one included.
    public typealias Output = [Party: Int]

    private enum State {
        case idle
        case counts(RollCall<Int>)
        case done
    }

    private let me: Party
    private let others: [Party]
    private let columns: Int
    private var state = State.idle

    /// - Parameters:
    ///   - parties: All parties, this one included: at least two.
    ///   - columns: What this party brings.
    public init(me: Party, parties: [Party], columns: Int) {
        self.me = me
        others = parties.filter { $0 != me }.sorted()
        precondition(!others.isEmpty, "an announcement needs somebody who hears it")
        self.columns = columns
    }

    /// Tells all. Partners' frames are taken in the order of their names.
    /// - Throws: ``ColumnsError/outOfRange(columns:)`` where the number is outside ``ColumnsProtocol/limits``.
    public mutating func start() throws(ColumnsError) -> [Action<Output>] {
        guard ColumnsProtocol.limits.contains(columns) else { throw .outOfRange(columns: columns) }
        state = .counts(RollCall(others))
        var payload = CanonicalWriter()
        payload.count(columns)
        let frame = Frame(
            header: FrameHeader(
                protocolName: ColumnsProtocol.specification.name, phase: "announce", round: 0, step: "C1", kind: .shape,
                shape: [columns]),
            payload: payload.bytes)
        return others.map { .send(frame, to: $0) }
    }

    public var awaiting: Party? {
        switch state {
        case .counts(let counts): counts.next
        case .idle, .done: nil
        }
    }

    /// - Throws: ``ProtocolViolation`` for a number outside ``ColumnsProtocol/limits``.
    public mutating func receive(_ frame: Frame, from peer: Party) throws(ProtocolViolation) -> [Action<Output>] {
        switch state {
        case .idle, .done:
            throw outOfTurn(frame, from: peer)
        case .counts(var counts):
            try require("C1", frame, from: peer)
            counts.take(try Self.count(in: frame, from: peer))
            guard counts.next == nil else {
                state = .counts(counts)
                return []
            }
            state = .done
            return [.output(counts.answers.merging([me: columns]) { theirs, _ in theirs })]
        }
    }

    private static func count(in frame: Frame, from peer: Party) throws(ProtocolViolation) -> Int {
        let limits = ColumnsProtocol.limits
        var reader = CanonicalReader(frame.payload)
        guard let count = try? reader.count(), reader.remaining == 0, limits.contains(count) else {
            throw ProtocolViolation(
                frame.header, from: peer, expected: "\(limits.lowerBound) to \(limits.upperBound) columns",
                found: "another number")
        }
        return count
    }
}
