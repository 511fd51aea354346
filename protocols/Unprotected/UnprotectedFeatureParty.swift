public import Models
public import Specification

/// A feature party's role in the layer without protection. UNPROTECTED.
///
///     forward(rows:in:)   --Z1-->              .roundFinished                 evaluate
///     forward(rows:in:)   --Z1-->   <--Z2--    .derivative, .roundFinished    train
///
/// Learns dZ row by row, and with it the labels. A role that has thrown is done.
public struct UnprotectedFeatureParty: Role {
    private enum State {
        case ready
        /// Waits for Z2.
        case forward(rows: SourceRows)
    }

    /// This party's weights and tables: to be saved between rounds.
    public private(set) var layer: PlainSource
    private let descent: SourceDescent
    private let towerColumns: Int
    private let label: Party
    private var progress = UnprotectedProgress()
    private var state = State.ready

    /// - Parameters:
    ///   - plan: As all parties agreed on it (``UnprotectedProtocol/plan(label:features:columns:width:runs:)``).
    ///   - layer: The weights of this party's columns, the tables of its fields.
    ///   - towerColumns: How many of its columns, the last ones, are outputs of a `TrainedTower`: each training round
    ///     gives the derivative by them.
    public init(plan: SessionPlan, layer: PlainSource, descent: SourceDescent, towerColumns: Int = 0) {
        guard let label = plan.members.first(where: { $0.role == "label" })?.party else {
            preconditionFailure("there is a label party")
        }
        self.label = label
        precondition((0...layer.columns).contains(towerColumns), "a tower's outputs are columns of the party's")
        self.layer = layer
        self.descent = descent
        self.towerColumns = towerColumns
    }

    public var awaiting: Party? {
        switch state {
        case .forward: label
        case .ready: nil
        }
    }

    /// Begins a round with its rows of the batch.
    public mutating func forward(
        rows: SourceRows, in phase: UnprotectedPhase
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
                in: frame, from: peer, rows: rows.rows, columns: layer.width)
            // At the weights that gave Z, before they move.
            let derivative: [Action<UnprotectedOutput>] =
                towerColumns == 0
                ? [] : [.output(.derivative(layer.gradient(byLast: towerColumns, dZ: dZ)))]
            layer.descend(rows, gradient: dZ, by: descent)
            state = .ready
            return derivative + [.output(.roundFinished)]
        }
    }
}
