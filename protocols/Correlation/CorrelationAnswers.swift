public import Specification
public import StatisticsWire

/// The label party's role in the session that answers.
///
///     tell(_:)   --A1, A2--> each feature party that has columns   .told
public struct CorrelationTeller: Role {
    /// The session is over for this party.
    public enum Output: Equatable, Sendable { case told }

    /// Of each feature party that has columns, in the job's order.
    private let columns: [(party: Party, count: Int)]
    private var isDone = false

    /// - Parameter columns: As in the session's plan.
    public init(_ columns: [(party: Party, count: Int)]) { self.columns = columns }

    public var awaiting: Party? { nil }

    /// Answers every feature party.
    ///
    /// - Throws: ``StatisticsError`` unless there is an answer for each column, with tolerances of 0 to 1.
    public mutating func tell(_ answers: [Party: [ColumnAnswer]]) throws(StatisticsError) -> [Action<Output>] {
        guard !isDone else { throw .outOfTurn(event: "tell") }
        isDone = true
        var actions: [Action<Output>] = []
        for (party, count) in columns {
            let answers = answers[party] ?? []
            let isRight = answers.allSatisfy { answer in
                (0...1).contains(answer.tolerance) && (0...1).contains(answer.lastTolerance)
                    && answer.fate.rival.map { (0..<count).contains($0) } ?? true
            }
            guard answers.count == count, isRight else {
                throw .sizes("an answer to each of the \(count) columns of \(party) is expected")
            }
            let tolerances = answers.flatMap { [$0.tolerance, $0.lastTolerance] }
            actions += [
                .send(.numbers("A1", in: "answer", .statistic, [count, 2], tolerances), to: party),
                .send(
                    .numbers("A2", in: "answer", .statistic, [count, 2], answers.flatMap(\.fate.numbers)), to: party),
            ]
        }
        return actions + [.output(.told)]
    }

    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<Output>] {
        throw outOfTurn(frame, from: peer)
    }
}

/// A feature party's role in the session that answers.
///
///     <--A1, A2-- label   output
public struct CorrelationListener: Role {
    /// Of each of its columns.
    public typealias Output = [ColumnAnswer]

    private enum State {
        case tolerances
        case fates([[Double]])
        case done
    }

    private let label: Party
    private let columns: Int
    private var state = State.tolerances

    /// - Parameter columns: How many columns it has.
    public init(label: Party, columns: Int) { (self.label, self.columns) = (label, columns) }

    public var awaiting: Party? { if case .done = state { nil } else { label } }

    /// - Throws: `ProtocolViolation` for what is no answer.
    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<Output>] {
        switch state {
        case .done: throw outOfTurn(frame, from: peer)
        case .tolerances:
            try require("A1", frame, from: peer)
            let tolerances = try frame.rows(from: peer, columns, 2)
            guard tolerances.allSatisfy({ $0.allSatisfy((0...1).contains) }) else {
                throw ProtocolViolation(
                    frame.header, from: peer, expected: "tolerances, 0 to 1", found: "another number")
            }
            state = .fates(tolerances)
            return []
        case .fates(let tolerances):
            try require("A2", frame, from: peer)
            let answers = zip(tolerances, try frame.rows(from: peer, columns, 2)).compactMap { tolerances, numbers in
                ColumnAnswer.Fate(numbers, columns: columns).map {
                    ColumnAnswer(fate: $0, tolerance: tolerances[0], lastTolerance: tolerances[1])
                }
            }
            guard answers.count == columns else {
                throw ProtocolViolation(
                    frame.header, from: peer, expected: "what becomes of each column", found: "another number")
            }
            state = .done
            return [.output(answers)]
        }
    }
}

extension ColumnAnswer.Fate {
    /// The own column that it is like.
    fileprivate var rival: Int? { if case .alike(let rival) = self { rival } else { nil } }

    /// As A2 has it.
    fileprivate var numbers: [Double] {
        switch self {
        case .stays: [0, 0]
        case .alike(let rival): [1, rival.map { Double($0 + 1) } ?? 0]
        case .inflated: [2, 0]
        }
    }

    fileprivate init?(_ numbers: [Double], columns: Int) {
        switch (numbers[0], Int(exactly: numbers[1])) {
        case (0, 0): self = .stays
        case (1, 0): self = .alike(nil)
        case (1, let rival?) where (1...columns).contains(rival): self = .alike(rival - 1)
        case (2, 0): self = .inflated
        default: return nil
        }
    }
}
