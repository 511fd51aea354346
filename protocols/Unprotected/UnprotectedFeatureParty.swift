public import Arithmetic
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
        case forward(rows: SourceRows, product: Matrix<Double>)
    }

    /// This party's weights and tables: to be saved between rounds.
    public private(set) var layer: PlainSource
    /// How it descends; another one between rounds serves from the next on. Local steps do not decay.
    public var descent: SourceDescent
    private let towerColumns: Int
    private let givesStatistics: Bool
    private let label: Party
    private var progress = UnprotectedProgress()
    private var state = State.ready

    /// - Parameters:
    ///   - plan: As all parties agreed on it (``UnprotectedProtocol/plan(label:features:columns:width:runs:)``).
    ///   - layer: The weights of this party's columns, the tables of its fields.
    ///   - towerColumns: How many of its columns, the last ones, are outputs of a `TrainedTower`: each training round
    ///     gives the derivative by them.
    ///   - givesStatistics: Whether training rounds give what was exchanged, for local steps.
    public init(
        plan: SessionPlan, layer: PlainSource, descent: SourceDescent, towerColumns: Int = 0,
        givesStatistics: Bool = false
    ) {
        guard let label = plan.members.first(where: { $0.role == "label" })?.party else {
            preconditionFailure("there is a label party")
        }
        self.label = label
        precondition((0...layer.columns).contains(towerColumns), "a tower's outputs are columns of the party's")
        self.layer = layer
        self.descent = descent
        self.towerColumns = towerColumns
        self.givesStatistics = givesStatistics
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
        let product = try layer.product(with: rows)
        let frame = try UnprotectedMessages.frame("Z1", progress.begin(phase), product)
        switch phase {
        case .train:
            state = .forward(rows: rows, product: product)
            return [.send(frame, to: label)]
        case .evaluate:
            return [.send(frame, to: label), .output(.roundFinished)]
        }
    }

    /// A local step: descends along a derivative by this party's product, without a message. Between rounds, or while the party
    /// waits for Z2.
    ///
    /// - Parameter dZ: rows x width, summed over the rows, not divided by their number.
    /// - Throws: ``UnprotectedError/shape(of:rows:columns:)``.
    public mutating func descend(rows: SourceRows, derivative dZ: Matrix<Double>) throws(UnprotectedError) {
        try dZ.requireShape(rows: rows.rows, columns: layer.width)
        layer.descend(rows, gradient: dZ, by: descent.withoutDecay)
    }

    public mutating func receive(
        _ frame: Frame, from peer: Party
    ) throws(ProtocolViolation) -> [Action<UnprotectedOutput>] {
        switch state {
        case .ready:
            throw outOfTurn(frame, from: peer)
        case .forward(let rows, let product):
            try require("Z2", frame, from: peer)
            let dZ = try UnprotectedMessages.matrix(
                in: frame, from: peer, rows: rows.rows, columns: layer.width)
            var outputs: [Action<UnprotectedOutput>] = []
            // At the weights before they move.
            if towerColumns > 0 {
                outputs.append(.output(.derivative(layer.gradient(byLast: towerColumns, dZ: dZ))))
            }
            if givesStatistics { outputs.append(.output(.statistics(product: product, derivative: dZ))) }
            layer.descend(rows, gradient: dZ, by: descent)
            state = .ready
            return outputs + [.output(.roundFinished)]
        }
    }
}
