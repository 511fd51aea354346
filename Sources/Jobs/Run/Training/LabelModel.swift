internal import Arithmetic
internal import HistoryTower
internal import Models
internal import Preparation

/// What enters the label party's model beside Z, row by row of the common order.
enum OwnRows: Sendable {
    /// The inputs of its tower over columns, which is a part of the top model.
    case columns(PreparedMatrix)
    /// Histories, whose encoders learn beside the top model.
    case histories(TowerHistories)

    /// Columns that the top model takes.
    var columns: Int {
        switch self {
        case .columns(let matrix): matrix.columns
        case .histories(let histories): histories.columns
        }
    }
}

/// All that the label party has above the source layer: the top model, and the encoders of histories that learn with it.
///
/// The order of a round is ``forward(_:)``, whatever Z takes to come, then ``descend(z:own:targets:weights:dividingBy:)``. What encoders
/// fetch for the way back, and what moves them after it, is under way while Z is waited for. Encoders that learn are shared by copies.
struct LabelModel {
    /// An encoder, and what it needs in order to learn while it does: memory, and a file for what does not fit.
    private struct Encoder {
        var resting: HistoryTower
        var learning: LearningHistoryTower?

        /// As it is when all that it was given has moved it.
        func tower() throws -> HistoryTower { try learning?.tower() ?? resting }

        /// Lets go of what learning needs.
        mutating func rest() throws {
            resting = try tower()
            learning = nil
        }
    }

    private(set) var top: TopModel
    private let own: OwnRows?
    private var encoders: [Encoder] = []
    /// The share of its rate at which an encoder learns in this epoch.
    private var share = 1.0

    /// - Parameter towers: Encoders as they were; `nil`: as the preparation has them.
    init(_ top: TopModel, own: OwnRows?, towers: [HistoryTower]? = nil) {
        (self.top, self.own) = (top, own)
        if case .histories(let histories) = own {
            encoders = (towers ?? histories.parts.map(\.prepared.tower)).map { Encoder(resting: $0) }
        }
    }

    /// Of the top model.
    var parameters: ModelParameters { top.parameters }

    /// Its encoders as they are now; `nil` where it has none.
    func towers() throws -> [HistoryTower]? { encoders.isEmpty ? nil : try encoders.map { try $0.tower() } }

    /// How the top model is optimised.
    var optimiser: LocalOptimiser {
        get { top.optimiser }
        set { top.optimiser = newValue }
    }

    /// From here on everything moves at this pace.
    mutating func begin(_ pace: Pace) throws {
        top.optimiser = pace.local
        guard share != pace.share else { return }
        share = pace.share
        try rest()
    }

    /// Lets go of what encoders need only while they learn.
    mutating func rest() throws { for index in encoders.indices { try encoders[index].rest() } }

    /// What enters beside Z in order to be learned from.
    mutating func forward(_ rows: [Int]) throws -> Matrix<Double>? {
        switch own {
        case nil: return nil
        case .columns(let matrix): return try matrix.dense(rows: rows)
        case .histories(let histories):
            let given = try histories.parts.indices.map { index in
                let learning =
                    encoders[index].learning
                    ?? LearningHistoryTower(
                        encoders[index].resting, rate: histories.rate * share, budget: histories.budget,
                        scratch: histories.scratch)
                encoders[index].learning = learning
                let part = histories.parts[index]
                return try learning.forward(part.events, rows.map { part.readouts[$0] })
            }
            return histories.columns(of: rows, given)
        }
    }

    /// What enters beside Z in order to predict: encoders are as they are, and use no more memory than when they learn.
    mutating func evaluate(_ rows: [Int]) throws -> Matrix<Double>? {
        guard case .histories(let histories) = own else { return try forward(rows) }
        try rest()
        let given = try zip(histories.parts, encoders).map { part, encoder in
            try part.encode(encoder.resting, rows.map { part.readouts[$0] }, budget: histories.budget)
        }
        return histories.columns(of: rows, given)
    }

    /// Learns from one batch: the top model, and encoders along what it says.
    ///
    /// - Parameter own: What ``forward(_:)`` gave last.
    /// - Throws: as `TopModel.descend` does, and encoders.
    mutating func descend(
        z: Matrix<Double>, own beside: Matrix<Double>?, targets: [Double], weights: [Double]?, dividingBy scale: Double
    ) throws -> TopModel.Step {
        let step = try top.descend(z: z, own: beside, targets: targets, weights: weights, dividingBy: scale)
        guard case .histories(let histories) = own, let gradient = step.byBeside else { return step }
        for (index, outputs) in histories.outputs.enumerated() {
            try encoders[index].learning?.backward(
                Matrix(
                    rows: gradient.rows, columns: outputs.count,
                    elements: (0..<gradient.rows).flatMap { row in outputs.map { gradient[row, $0] } }))
        }
        return step
    }

    /// What a step's derivative by Z would be; nothing learns.
    func derivative(z: Matrix<Double>, own: Matrix<Double>?, targets: [Double]) throws -> Matrix<Double> {
        try top.derivative(z: z, own: own, targets: targets)
    }

    /// Predictions from what ``forward(_:)`` or ``evaluate(_:)`` gave.
    func predict(z: Matrix<Double>, own: Matrix<Double>?) -> Matrix<Double> { top.predict(z: z, own: own) }
}
