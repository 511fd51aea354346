import Arithmetic
import Attacks
import Cryptography
import IdealCipher
import MatMul
import Shares
import Testing

/// Crossed initialisation: the label party draws a share of its own weights, and the feature party the other one.
@Suite struct WeightTests {
    /// The attack: Z without what the label party knows of its own part. No more rows than it has columns, so that the span of
    /// X_B, which opening Z gives away in any case, is of no help.
    private func recovery(isCrossed: Bool) throws -> Recovery {
        let (rows, own) = (try uniform(6, 4, "features"), try uniform(6, 8, "label features"))
        var layer = try Layer(
            columns: 4, labelColumns: 8, width: 2, isCrossed: isCrossed, sources: (recorded(), recorded()))
        // Some training first: drawing it is not the only way to know it.
        for round in 0..<5 {
            _ = try layer.parties.forward(label: own, feature: rows, in: .train)
            try layer.parties.backward(dZ: uniform(6, 2, "dZ \(round)"))
        }
        let label = layer.parties.labelRole.shares
        let weights = label.featureWeights[0].value &+ layer.parties.featureRole.shares.weights.value
        let opened = try layer.parties.forward(label: own, feature: rows, in: .evaluate)
            .map { FixedPoint.decode($0, fractionBits: FixedPoint.productFractionBits) }
        return Recovery(of: rows.real * weights.real, by: opened - own.real * label.weights.value.real)
    }

    @Test func weightsKnownToTheLabelParty() throws {
        let broken = try recovery(isCrossed: false)
        #expect(broken.r2 >= Threshold.recovered && broken.largestError < 1e-9)
        #expect(try recovery(isCrossed: true).r2 < Threshold.hidden)
    }
}
