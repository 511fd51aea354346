import Arithmetic
import Auditing
import Cryptography
import Glibc
import IdealCipher
import MatMul
import ProtocolTesting
import Shares
import Testing

/// What the feature party gets of the gradient of its own weights. `dW_A = X_A^T dZ` with no more rows than columns gives dZ, and
/// the sign of dZ is the label.
@Suite struct LabelTests {
    /// The attack, on whatever stands for dW_A: minus dZ, as a score.
    private func scores(_ gradient: Matrix<Double>, _ rows: Matrix<Int64>) -> [Double] {
        LeastSquares(rows.real.transposed(), gradient).solution.elements.map { -$0 }
    }

    @Test func gradientsInTheClear() throws {
        let (batch, columns) = (8, 12)
        var layer = try Layer(columns: columns, width: 1, sources: (recorded(), recorded()))
        var (clear, share, decrypted) = (LabelScores(), LabelScores(), LabelScores())
        for round in 0..<250 {
            let rows = try uniform(batch, columns, "features \(round)")
            let labels = try uniform(batch, 1, "labels \(round)").elements.map { $0 > 0 ? 1.0 : 0 }
            let z = try layer.parties.forward(
                label: uniform(batch, 3, "label features \(round)"), feature: rows, in: .train)
            // All that the feature party decrypts.
            decrypted.add(try layer.opened("F2").approximate.elements, labels: labels)
            let dZ = try Matrix(
                rows: batch, columns: 1,
                elements: zip(z.elements, labels).map { z, label in
                    let score = FixedPoint.decode(z, fractionBits: FixedPoint.productFractionBits)
                    return try FixedPoint.encode(1 / (1 + exp(-score)) - label, within: .derivative)
                })
            try layer.parties.backward(dZ: dZ)
            clear.add(scores(rows.real.transposed() * dZ.real, rows), labels: labels)
            // With next to no momentum the velocity is the share of the last gradient.
            let velocity = layer.parties.featureRole.shares.weights.velocity
            let kept = Matrix(
                rows: columns, columns: 1, elements: try (0..<columns).flatMap { try #require(velocity[$0]) })
            share.add(scores(kept.approximate, rows), labels: labels)
        }
        #expect(try clear.auc >= Threshold.labels)
        #expect(try abs(share.auc - 0.5) <= share.chance)
        #expect(try abs(decrypted.auc - 0.5) <= decrypted.chance)
    }
}
