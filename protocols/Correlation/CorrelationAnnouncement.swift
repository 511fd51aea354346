public import Specification
public import StatisticsWire

/// Every party's role in the session that announces: how many columns each brings.
///
///     start()   --S1--> all others   <--S1-- each   output
public struct CorrelationAnnouncement: Role {
    /// How many columns each party has, this one among them.
    public typealias Output = [Party: Int]

    private let me: Party
    private let others: [Party]
    private let columns: Int
    private var calls: RollCall<Int>?

    /// - Parameters:
    ///   - parties: All parties of the job, in its order.
    ///   - columns: This party's numeric columns that vary.
    /// - Throws: ``StatisticsError/sizes(_:)`` for more than ``CorrelationProtocol/columnLimit``.
    public init(_ me: Party, parties: [Party], columns: Int) throws(StatisticsError) {
        guard (0...CorrelationProtocol.columnLimit).contains(columns) else {
            throw .sizes("at most \(CorrelationProtocol.columnLimit) columns can be correlated, not \(columns)")
        }
        (self.me, self.columns) = (me, columns)
        others = parties.filter { $0 != me }
    }

    public var awaiting: Party? { calls?.next }

    /// Says how many there are.
    public mutating func start() throws(StatisticsError) -> [Action<Output>] {
        guard calls == nil else { throw .outOfTurn(event: "start") }
        calls = RollCall(others)
        var payload = CanonicalWriter()
        payload.count(columns)
        let frame = Frame(
            header: CorrelationProtocol.header("S1", in: "announce", .shape, [columns]), payload: payload.bytes)
        return others.map { .send(frame, to: $0) }
    }

    /// - Throws: `ProtocolViolation` for a number outside its limits.
    public mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<Output>] {
        try require("S1", frame, from: peer)
        var reader = CanonicalReader(frame.payload)
        guard let count = try? reader.count(), reader.remaining == 0,
            (0...CorrelationProtocol.columnLimit).contains(count)
        else {
            throw ProtocolViolation(
                frame.header, from: peer, expected: "0 to \(CorrelationProtocol.columnLimit)", found: "another number")
        }
        calls?.take(count)
        guard let calls, calls.next == nil else { return [] }
        return [.output(calls.answers.merging([me: columns]) { first, _ in first })]
    }
}
