import Arithmetic
import Attacks
import Cryptography
import EmbedMatMul
import Glibc
import IdealCipher
import LayerTesting
import ProtocolTesting
import Shares
import SourceLayers
import Specification
import Testing

/// The derivative of the label party's own embedded rows, `dZ W_B^T`, takes the partner's share V_B of W_B, under the partner's
/// key. Decrypted there without a mask, `dZ V_B^T` gives dZ, for the partner knows V_B; and the sign of dZ is the label.
@Suite struct BrokenProtocolTests {
    private let dimension = 3
    private let batch = 16

    private func recorded(_ name: String) throws -> RandomStream {
        try RecordedRandomSource(seed: Array("broken".utf8)).stream(name)
    }

    /// The attack, on whatever stands for `dZ V_B^T`: minus dZ, as a score.
    private func scores(_ derivative: Matrix<Integer>, _ share: Matrix<Int128>) -> [Double] {
        let values = derivative.map { Double($0.decimal) ?? .nan }
        return LeastSquares(share.map { Double($0) }, values.transposed()).solution.elements.map { -$0 }
    }

    /// Every row of a batch has a category of its own, so that the table's gradient (G5) holds the derivatives one by one: the
    /// best case for the partner.
    @Test func derivativesUnderOnesOwnShareInTheClear() throws {
        let (label, partner) = (try Party("label"), try Party("feature"))
        let parameters = try EmbedMatMulParameters(
            label: .init(label, fields: 1, tableRows: batch), features: [.init(partner, fields: 1, tableRows: 4)],
            partner: partner,
            dimension: dimension, width: 1, keyBits: 2048, attempt: 0)
        let rounds = 60
        let federation = try EmbedMatMulFederation(
            parameters, runs: [.init(.train, rows: batch, count: rounds)],
            keys: [label: IdealKey(keyBits: 2048), partner: IdealKey(keyBits: 2048)],
            bounds: EmbedMatMulInitialBounds(tableDeviation: 0.5, weightDeviation: 0.5),
            optimiser: optimiser("0.25", momentum: "0.000001"),
            source: { RecordedRandomSource(seed: Array("broken".utf8)) })
        let own = Matrix(rows: batch, columns: 1, elements: Array(0..<batch))
        try federation.start()
        var (clear, real) = (LabelScores(), LabelScores())
        for round in 0..<rounds {
            let bytes = try recorded("\(round)").bytes(2 * batch)
            let rows = Matrix(rows: batch, columns: 1, elements: bytes.prefix(batch).map { Int($0) % 4 })
            let labels = bytes.suffix(batch).map { Double($0 & 1) }
            let z = try federation.forward(label: own, features: [rows], in: .train)
            let dZ = try Matrix(
                rows: batch, columns: 1,
                elements: zip(z.elements, labels).map { z, label in
                    let score = FixedPoint.decode(Int64(z), fractionBits: FixedPoint.productFractionBits)
                    return try FixedPoint.encode(1 / (1 + exp(-score)) - label, within: .derivative)
                })
            let share = try #require(federation.labelPart).weights.value
            try federation.backward(dZ: dZ)
            clear.add(scores(dZ.exactProduct(share.transposed()), share), labels: labels)
            // What the partner decrypts of G5: the velocity of its share of the label party's table, of which next to nothing
            // is from earlier rounds.
            let velocities = try #require(federation.labelPart).table.velocity
            let decrypted = Matrix(
                rows: batch, columns: dimension,
                elements: try (0..<batch).flatMap { try #require(velocities[$0]) })
            real.add(scores(decrypted, share), labels: labels)
        }
        #expect(try clear.auc >= 0.99)
        #expect(try abs(real.auc - 0.5) <= real.chance)
    }
}
