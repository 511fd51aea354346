public import Arithmetic
public import Models
public import Specification

/// A feature party's role in the layer without protection. UNPROTECTED.
///
///     forward(rows:in:)   --Z1-->              .roundFinished    evaluate
///     forward(rows:in:)   --Z1-->   <--Z2--    .roundFinished    train
///
/// Learns dZ row by row, and with it the labels. A role that has thrown is done.
public struct UnprotectedFeatureParty: Role {
    private enum State {
        case ready
        /// Waits for Z2.
        case forward(rows: Matrix<Double>)
    }

    /// This party's weights, columns x width: to be saved between rounds.
    public private(set) var layer: LinearSource
    private let optimizer: SGD
    private let label: Party
    private var progress = UnprotectedProgress()
    private var state = State.ready

    /// - Parameters:
    ///   - plan: As all parties agreed on it (``UnprotectedProtocol/plan(label:features:columns:width:runs:)``).
    ///   - layer: The weights of this party's columns.
    public init(plan: SessionPlan, layer: LinearSource, optimizer: SGD) {
        guard let label = plan.members.first(where: { $0.role == "label" })?.party else {
            preconditionFailure("there is a label party")
        }
        self.label = label
        self.layer = layer
        self.optimizer = optimizer
    }

    public var awaiting: Party? {
        switch state {
        case .forward: label
        case .ready: nil
        }
    }

    /// Begins a round with its rows of the batch: rows x columns.
    public mutating func forward(
        rows: Matrix<Double>, in phase: UnprotectedPhase
    ) throws(UnprotectedError) -> [Action<UnprotectedOutput>] {
        guard case .ready = state else { throw .outOfTurn(event: "forward") }
        let frame = try UnprotectedMessages.frame("Z1", progress.begin(phase), layer.product(with: rows))
        switch phase {
        case .train:
            state = .forward(rows: rows)
            return [.send(frame, to: label)]
        case .evaluate:
            return [.send(frame, to: label), .output(.roundFinished)]
        }
    }

    public mutating func receive(
        _ frame: Frame, from peer: Party
    ) throws(ProtocolViolation) -> [Action<UnprotectedOutput>] {
        switch state {
        case .ready:
            throw outOfTurn(frame, from: peer)
        case .forward(let rows):
            try require("Z2", frame, from: peer)
            let dZ = try UnprotectedMessages.matrix(
                in: frame, from: peer, rows: rows.rows, columns: layer.weights.values.columns)
            layer.descend(rows, gradient: dZ, optimizer)
            state = .ready
            return [.output(.roundFinished)]
        }
    }
}
