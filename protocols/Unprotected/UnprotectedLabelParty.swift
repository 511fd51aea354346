public import Arithmetic
public import Models
public import Specification

/// The label party's role in the layer without protection. UNPROTECTED.
///
///     forward(rows:in:)   <--Z1--   .opened(Z)        train, evaluate
///     backward(dZ:)       --Z2-->   .roundFinished    train
///
/// with every feature party; frames are taken in the plan's order. Learns every feature party's product, row by row. A role
/// that has thrown is done.
public struct UnprotectedLabelParty: Role {
    private enum State {
        case ready
        /// Waits for Z1 of every party.
        case forward(UnprotectedRound, rows: SourceRows, own: Matrix<Double>, RollCall<Matrix<Double>>)
        /// Waits for the derivative.
        case opened(UnprotectedRound, rows: SourceRows)
    }

    /// This party's own weights and tables: to be saved between rounds.
    public private(set) var layer: PlainSource
    /// How it descends; another one between rounds serves from the next on. Local steps do not decay.
    public var descent: SourceDescent
    private let features: [Party]
    private var progress = UnprotectedProgress()
    private var state = State.ready

    /// - Parameters:
    ///   - plan: As all parties agreed on it (``UnprotectedProtocol/plan(label:features:columns:width:runs:)``).
    ///   - layer: The weights of this party's own columns, the tables of its own fields.
    public init(plan: SessionPlan, layer: PlainSource, descent: SourceDescent) {
        features = plan.members.filter { $0.role == "feature" }.map(\.party)
        precondition(!features.isEmpty, "there is a feature party")
        self.layer = layer
        self.descent = descent
    }

    public var awaiting: Party? {
        switch state {
        case .forward(_, _, _, let products): products.next
        case .ready, .opened: nil
        }
    }

    /// Begins a round with its rows of the batch.
    public mutating func forward(
        rows: SourceRows, in phase: UnprotectedPhase
    ) throws(UnprotectedError) -> [Action<UnprotectedOutput>] {
        guard case .ready = state else { throw .outOfTurn(event: "forward") }
        state = .forward(progress.begin(phase), rows: rows, own: try layer.product(with: rows), RollCall(features))
        return []
    }

    /// Ends a training round with the derivative of the batch's summed loss by Z: rows x width, not divided by the batch
    /// size.
    public mutating func backward(dZ: Matrix<Double>) throws(UnprotectedError) -> [Action<UnprotectedOutput>] {
        guard case .opened(let round, let rows) = state else { throw .outOfTurn(event: "backward") }
        try dZ.requireShape(rows: rows.rows, columns: layer.width)
        let frame = try UnprotectedMessages.frame("Z2", round, dZ)
        layer.descend(rows, gradient: dZ, by: descent)
        state = .ready
        return features.map { .send(frame, to: $0) } + [.output(.roundFinished)]
    }

    /// This party's own part of Z at its present weights, for local steps: rows x width.
    public func product(rows: SourceRows) throws(UnprotectedError) -> Matrix<Double> { try layer.product(with: rows) }

    /// A local step: descends along a derivative by Z over the party's own columns, without a message. Between rounds.
    ///
    /// - Parameter dZ: rows x width, summed over the rows, not divided by their number.
    /// - Throws: ``UnprotectedError``.
    public mutating func descend(rows: SourceRows, derivative dZ: Matrix<Double>) throws(UnprotectedError) {
        guard case .ready = state else { throw .outOfTurn(event: "descend") }
        try dZ.requireShape(rows: rows.rows, columns: layer.width)
        layer.descend(rows, gradient: dZ, by: descent.withoutDecay)
    }

    public mutating func receive(
        _ frame: Frame, from peer: Party
    ) throws(ProtocolViolation) -> [Action<UnprotectedOutput>] {
        switch state {
        case .ready, .opened:
            throw outOfTurn(frame, from: peer)
        case .forward(let round, let rows, let own, var products):
            try require("Z1", frame, from: peer)
            products.take(
                try UnprotectedMessages.matrix(in: frame, from: peer, rows: own.rows, columns: own.columns))
            guard products.next == nil else {
                state = .forward(round, rows: rows, own: own, products)
                return []
            }
            let z = features.compactMap { products.answers[$0] }.reduce(own, Self.sum)
            switch round.phase {
            case .train:
                state = .opened(round, rows: rows)
                return [.output(.opened(z))]
            case .evaluate:
                state = .ready
                return [.output(.opened(z)), .output(.roundFinished)]
            }
        }
    }

    private static func sum(_ left: Matrix<Double>, _ right: Matrix<Double>) -> Matrix<Double> {
        Matrix(rows: left.rows, columns: left.columns, elements: zip(left.elements, right.elements).map(+))
    }
}
