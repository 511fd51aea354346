internal import Arithmetic
internal import Models
internal import Runtime
internal import Unprotected

/// The source layer without protection, at the label party: for comparison only.
struct UnprotectedLabelSource: LabelSource {
    let session: Session
    var role: UnprotectedLabelParty
    let part: PlainPart

    mutating func open(_ rows: [Int], training: Bool, next: UpcomingRound?) throws -> Matrix<Double> {
        let batch = part.rows(rows)
        let outputs = try session.run(&role) { try $0.forward(rows: batch, in: training ? .train : .evaluate) }
        for case .opened(let z) in outputs { return z }
        throw RunError(.internalError, "the layer opened nothing")
    }

    mutating func update(_ derivative: Matrix<Double>) throws {
        _ = try session.run(&role) { try $0.backward(dZ: derivative) }
    }
}

/// The same at a feature party, with its tower.
struct UnprotectedFeatureSource: FeatureSource {
    let session: Session
    var role: UnprotectedFeatureParty
    var part: PlainPart

    mutating func answer(_ rows: [Int], training: Bool, next: UpcomingRound?) throws {
        let batch = part.rows(rows)
        let outputs = try session.run(&role) { try $0.forward(rows: batch, in: training ? .train : .evaluate) }
        for case .derivative(let gradient) in outputs { try part.descendTower(rows, gradient: gradient) }
    }
}
