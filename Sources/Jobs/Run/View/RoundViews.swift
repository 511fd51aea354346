internal import Arithmetic
internal import MatMul
internal import Models
internal import Shares
internal import SourceLayers
internal import Specification
internal import Unprotected

/// Rounds of the protected layer, as a private view has them.
struct MatMulView {
    let recorder: ViewRecorder
    let parameters: MatMulParameters

    /// - Parameter shares: Before the round.
    func begin(_ phase: LayerPhase, _ rows: [Int], shares: () -> [Party: Matrix<Int64>]) throws {
        try recorder.begin(
            MatMulProtocol.specification.name, parameters.name(of: phase), rows: rows, shares: shares())
    }
}

/// Rounds without protection: real numbers, rounded to the scales that a private view has; what is too large is cut.
struct UnprotectedView {
    let recorder: ViewRecorder
    let me: Party

    /// - Parameter layer: Before the round.
    func begin(_ phase: UnprotectedPhase, _ rows: [Int], _ layer: PlainSource) throws {
        let weights = Self.fixed(layer.linear.weights.values, bits: FixedPoint.fractionBits)
        try recorder.begin(
            UnprotectedProtocol.specification.name, phase.rawValue, rows: rows, shares: [me: weights])
    }

    func opened(_ z: Matrix<Double>) { recorder.opened(Self.fixed(z, bits: FixedPoint.productFractionBits)) }

    func derivative(_ derivative: Matrix<Double>) {
        recorder.derivative(Self.fixed(derivative, bits: FixedPoint.fractionBits))
    }

    private static func fixed(_ matrix: Matrix<Double>, bits: Int) -> Matrix<Int64> {
        matrix.map { value in
            let scaled = (value * Double(sign: .plus, exponent: bits, significand: 1)).rounded(.toNearestOrEven)
            return Int64(exactly: scaled) ?? (scaled < 0 ? .min : .max)
        }
    }
}
