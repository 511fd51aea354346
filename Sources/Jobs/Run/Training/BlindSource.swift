internal import Arithmetic
internal import EmbedMatMul
internal import MatMul
internal import Paillier
internal import Preparation
internal import Runtime
internal import Shares
internal import SourceLayers
internal import Specification
internal import Tables

/// A role with the session that it runs in.
struct Seated<Seat: Role> {
    let session: Session
    var role: Seat

    /// Lets something happen to the role where it is: a copy of it would copy its tables.
    @discardableResult
    mutating func run(_ event: (inout Seat) throws -> [Action<Seat.Output>]) throws -> [Seat.Output] {
        try session.run(&role, event)
    }

    /// The same, but waits for nobody until ``settle()``.
    mutating func begin(_ event: (inout Seat) throws -> [Action<Seat.Output>]) throws {
        _ = try session.begin(&role, event)
    }

    /// Goes on until the role waits for the next event.
    mutating func settle() throws { _ = try session.settle(&role) }
}

/// The source layer under protection, at the label party: fixed point, shares and ciphertexts. Where categories are embedded, that
/// layer's share of Z goes into MatMul's, so that their sum alone is opened.
struct BlindLabelSource: LabelSource {
    /// This party's rows of the common order.
    let features: PartyFeatures
    var matMul: Seated<MatMulLabelParty<PrivateKey>>
    var embedding: Seated<EmbedMatMulLabelParty<PrivateKey>>?
    /// Where not all rows travel: those of its own table.
    var tableLists: RowLists?
    /// For this party's own auditor.
    let view: MatMulView?
    /// The derivative of the round under way.
    private var derivative: Matrix<Int64>?

    init(
        features: PartyFeatures, matMul: Seated<MatMulLabelParty<PrivateKey>>,
        embedding: Seated<EmbedMatMulLabelParty<PrivateKey>>?, tableLists: RowLists?, view: MatMulView?
    ) {
        (self.features, self.matMul) = (features, matMul)
        (self.embedding, self.tableLists, self.view) = (embedding, tableLists, view)
    }

    mutating func begin(_ pace: Pace) throws {
        try matMul.role.setRate(pace.shared)
        try embedding?.role.setRate(pace.shared)
    }

    mutating func open(_ rows: [Int], training: Bool, next: UpcomingRound?) throws -> Matrix<Double> {
        let phase: LayerPhase = training ? .train : .evaluate
        try view?.begin(phase, rows) { matMul.role.sharesByParty }
        let lookups = try features.lookups.matrix(rows: rows)
        let listed = try tableLists?.next(touching: Set(lookups.elements))
        let added = try embedding?.forward(lookups, listing: listed, in: phase, next: next)
        let batch = try features.numbers.fixed(rows)
        let outputs = try matMul.run { role in
            let actions = try role.forward(rows: batch, in: phase, adding: added)
            if let next { try role.foresee(next.phase, rows: next.rows) }
            return actions
        }
        for case .opened(let z) in outputs {
            view?.recorder.opened(z)
            return z.map { FixedPoint.decode($0, fractionBits: FixedPoint.productFractionBits) }
        }
        throw RunError(.internalError, "the layer opened nothing")
    }

    mutating func update(_ derivative: Matrix<Double>) throws {
        let fixed = try Self.fixed(derivative)
        self.derivative = fixed
        view?.recorder.derivative(fixed)
        try matMul.begin { try $0.backward(dZ: fixed) }
    }

    /// In the order in which feature parties take it: MatMul's round ends before that of the embeddings goes on.
    mutating func settle() throws {
        try matMul.settle()
        if let derivative { try embedding?.run { try $0.backward(dZ: derivative) } }
        derivative = nil
    }

    /// Of numbers alone: the label party's embeddings are shared with a partner, and nobody moves them alone.
    mutating func own(_ rows: [Int]) throws -> Matrix<Double> {
        try matMul.role.product(rows: features.numbers.fixed(rows)).map {
            FixedPoint.decode($0, fractionBits: FixedPoint.productFractionBits)
        }
    }

    mutating func descend(_ rows: [Int], along derivative: Matrix<Double>) throws {
        try matMul.role.descend(rows: features.numbers.fixed(rows), dZ: Self.fixed(derivative))
    }

    private static func fixed(_ derivative: Matrix<Double>) throws -> Matrix<Int64> {
        try derivative.map { try FixedPoint.encode($0, within: .derivative, clipping: true) }
    }
}

/// The same at a feature party.
struct BlindFeatureSource: FeatureSource {
    let features: PartyFeatures
    var matMul: Seated<MatMulFeatureParty<PrivateKey>>
    var embedding: Seated<EmbedMatMulFeatureParty<PrivateKey>>?
    /// Where not all rows travel: those of its own weights.
    var columnLists: RowLists?
    /// And those of its own table.
    var tableLists: RowLists?
    /// For this party's own auditor.
    let view: MatMulView?

    mutating func begin(_ pace: Pace) throws {
        try matMul.role.setRate(pace.shared)
        try embedding?.role.setRate(pace.shared)
    }

    mutating func answer(_ rows: [Int], training: Bool, next: UpcomingRound?) throws {
        let phase: LayerPhase = training ? .train : .evaluate
        try view?.begin(phase, rows) { matMul.role.sharesByParty }
        let lookups = try features.lookups.matrix(rows: rows)
        let tableRows = try tableLists?.next(touching: Set(lookups.elements))
        let added = try embedding?.forward(lookups, listing: tableRows, in: phase, next: next)
        let batch = try features.numbers.fixed(rows)
        let columns = try columnLists?.next(touching: batch.touchedColumns)
        try matMul.run { role in
            let actions = try role.forward(rows: batch, in: phase, adding: added, listing: columns)
            if let next { try role.foresee(next.phase, rows: next.rows) }
            return actions
        }
        if training { try embedding?.run { try $0.backward() } }
    }

    /// Shares are replayed within rounds.
    mutating func finishTraining() {}

    /// It sees no derivative that it could step along.
    var steps: LocalStepCount { LocalStepCount() }
}

/// What both roles of Embed-MatMul can do.
protocol EmbeddingRole: Role where Output == EmbedMatMulOutput {
    mutating func forward(
        lookups: Matrix<Int>, in phase: LayerPhase, listing listed: [Int]?
    ) throws -> [Action<EmbedMatMulOutput>]
    mutating func foresee(_ phase: LayerPhase, rows: Int) throws
}

extension EmbedMatMulLabelParty: EmbeddingRole {}
extension EmbedMatMulFeatureParty: EmbeddingRole {}

extension Seated where Seat: EmbeddingRole {
    /// This party's share of what the embeddings add to Z, modulo 2^64.
    fileprivate mutating func forward(
        _ lookups: Matrix<Int>, listing listed: [Int]?, in phase: LayerPhase, next: UpcomingRound?
    ) throws -> Matrix<Int64> {
        let outputs = try run { role in
            let actions = try role.forward(lookups: lookups, in: phase, listing: listed)
            if let next { try role.foresee(next.phase, rows: next.rows) }
            return actions
        }
        return try outputs.sharedForMatMul
    }
}

extension [EmbedMatMulOutput] {
    /// A share modulo 2^128 is one modulo 2^64, too.
    fileprivate var sharedForMatMul: Matrix<Int64> {
        get throws {
            for case .share(let share) in self { return share.map { Int64(truncatingIfNeeded: $0) } }
            throw RunError(.internalError, "the embeddings gave no share")
        }
    }
}

extension UpcomingRound {
    fileprivate var phase: LayerPhase { training ? .train : .evaluate }
}

extension SparseMatrix<Int64> {
    /// Columns in which any row has a number.
    fileprivate var touchedColumns: Set<Int> {
        (0..<rows).reduce(into: []) { columns, row in
            for place in self.row(row) where place.value != 0 { columns.insert(place.column) }
        }
    }
}

extension PreparedMatrix {
    /// Some rows in fixed point at scale 2^20, without their zeros.
    /// - Throws: `SharesError.outOfRange` for a feature beyond |x| < 8; `ScratchError`.
    fileprivate func fixed(_ names: [Int]) throws -> SparseMatrix<Int64> {
        let rows = try rows(named: names)
        var fixed: [[SparseMatrix<Int64>.Place]] = []
        for row in 0..<rows.count {
            var places: [SparseMatrix<Int64>.Place] = []
            for (column, value) in rows.nonzeros(inRow: row) {
                places.append(.init(column, try FixedPoint.encode(value, within: .feature)))
            }
            fixed.append(places)
        }
        return SparseMatrix(columns: columns, rows: fixed)
    }
}
