internal import Arithmetic
internal import Tables
internal import MatMul
internal import Paillier
internal import Runtime
internal import Shares

/// The source layer under protection, at the label party: fixed point, shares and ciphertexts.
struct BlindLabelSource: LabelSource {
    let session: Session
    var role: MatMulLabelParty<PrivateKey>
    /// This party's prepared columns, row by row of the common order.
    let features: PreparedMatrix

    mutating func open(_ rows: [Int], training: Bool, next: UpcomingRound?) throws -> Matrix<Double> {
        let batch = try features.fixed(rows)
        let outputs = try session.run(&role) { role in
            let actions = try role.forward(rows: batch, in: training ? .train : .evaluate)
            if let next { try role.foresee(next.training ? .train : .evaluate, rows: next.rows) }
            return actions
        }
        for case .opened(let z) in outputs {
            return z.map { FixedPoint.decode($0, fractionBits: FixedPoint.productFractionBits) }
        }
        throw RunError(.internalError, "the layer opened nothing")
    }

    mutating func update(_ derivative: Matrix<Double>) throws {
        let fixed = try derivative.map { try FixedPoint.encode($0, within: .derivative, clipping: true) }
        _ = try session.run(&role) { try $0.backward(dZ: fixed) }
    }
}

/// The same at a feature party.
struct BlindFeatureSource: FeatureSource {
    let session: Session
    var role: MatMulFeatureParty<PrivateKey>
    let features: PreparedMatrix

    mutating func answer(_ rows: [Int], training: Bool, next: UpcomingRound?) throws {
        let batch = try features.fixed(rows)
        _ = try session.run(&role) { role in
            let actions = try role.forward(rows: batch, in: training ? .train : .evaluate)
            if let next { try role.foresee(next.training ? .train : .evaluate, rows: next.rows) }
            return actions
        }
    }
}

extension PreparedMatrix {
    /// Some rows in fixed point at scale 2^20.
    /// - Throws: `SharesError.outOfRange` for a feature beyond |x| < 8.
    fileprivate func fixed(_ rows: [Int]) throws(SharesError) -> Matrix<Int64> {
        try dense(rows: rows).map { (value) throws(SharesError) in try FixedPoint.encode(value, within: .feature) }
    }
}
