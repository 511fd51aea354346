import Arithmetic
import Attacks
import Cryptography
import Glibc
import IdealCipher
import LocalUpdates
import MatMul
import ProtocolTesting
import Shares
import Testing

/// What the feature party may not get in the clear. The sign of dZ is the label, so is what dZ follows from.
@Suite struct LabelTests {
    /// dZ of the logistic loss by Z, times the weights of what stands above Z.
    private func derivative(
        _ z: Matrix<Int64>, _ labels: [Double], times weights: [Double] = [1]
    ) throws -> Matrix<Int64> {
        let elements = try labels.enumerated().flatMap { row, label in
            let score = FixedPoint.decode(z[row, 0], fractionBits: FixedPoint.productFractionBits)
            return try weights.map { try FixedPoint.encode((1 / (1 + exp(-score)) - label) * $0, within: .derivative) }
        }
        return Matrix(rows: labels.count, columns: weights.count, elements: elements)
    }

    // MARK: - Gradients

    /// The attack, on whatever stands for dW_A: `dW_A = X_A^T dZ` with no more rows than columns gives dZ. Minus that is a score.
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
            let dZ = try derivative(z, labels)
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

    // MARK: - Derivatives

    /// The attack is to look: minus dZ is a score. Of B1 as it is sent, the feature party has ciphertexts, one a row.
    @Test func derivativesInTheClear() throws {
        let batch = 16
        var layer = try Layer(
            columns: 4, width: 1, keyBits: 1024, keys: (Keys.label, Keys.feature), sources: (recorded(), recorded()))
        var (clear, first, last) = (LabelScores(), LabelScores(), LabelScores())
        for round in 0..<30 {
            let labels = try uniform(batch, 1, "labels \(round)").elements.map { $0 > 0 ? 1.0 : 0 }
            let z = try layer.parties.forward(
                label: uniform(batch, 3, "label features \(round)"), feature: uniform(batch, 4, "features \(round)"),
                in: .train)
            let dZ = try derivative(z, labels)
            try layer.parties.backward(dZ: dZ)
            clear.add(dZ.real.elements.map { -$0 }, labels: labels)
            let payload = try layer.last("B1").payload
            let size = payload.count / batch
            try #require(size == Keys.label.cipher.ciphertextBytes)
            let ciphertexts = (0..<batch).map { payload[$0 * size..<($0 + 1) * size] }
            first.add(ciphertexts.map { Self.number($0.prefix(8)) }, labels: labels)
            last.add(ciphertexts.map { Self.number($0.suffix(8)) }, labels: labels)
        }
        #expect(try clear.auc >= Threshold.labels)
        #expect(try abs(first.auc - 0.5) <= first.chance)
        #expect(try abs(last.auc - 0.5) <= last.chance)
    }

    private static func number(_ bytes: some Sequence<UInt8>) -> Double { bytes.reduce(0) { $0 * 256 + Double($1) } }

    /// To train layers below its input, the label party needs `dZ W_B^T`, of which A has the share V_B. FATE's SSHE-NN sends
    /// `[[dZ V_B^T]]` and has A decrypt it without a mask. A solves for dZ; with more columns of Z than of X_B only for a part of it,
    /// which does as well. All rows of dZ lie along what stands above Z, so the mean row says which side has the commoner label.
    @Test(arguments: [8, 16]) func derivativesTimesAShareInTheClear(width: Int) throws {
        let (batch, labelColumns) = (16, 13)
        var layer = try Layer(
            columns: 4, labelColumns: labelColumns, width: width, sources: (recorded(), recorded()))
        let top = try uniform(1, width, "top").real.elements
        let share = layer.parties.featureRole.shares.labelWeights
        var (clear, decrypted, truth) = ([Matrix<Double>](), [Matrix<Double>](), [Matrix<Double>]())
        var labels: [Double] = []
        for round in 0..<30 {
            // One in four is 1.
            let own = try uniform(batch, 1, "labels \(round)").elements.map { $0 > 1 << 19 ? 1.0 : 0 }
            let z = try layer.parties.forward(
                label: uniform(batch, labelColumns, "label features \(round)"),
                feature: uniform(batch, 4, "features \(round)"), in: .train)
            decrypted.append(try layer.opened("F2").approximate)
            let dZ = try derivative(z, own, times: top)
            try layer.parties.backward(dZ: dZ)
            clear.append(
                LeastSquares(share.real, (dZ * share.transposed().lifted).approximate.transposed())
                    .solution.transposed().map { $0 / Double(1 << FixedPoint.productFractionBits) })
            truth.append(dZ.real)
            labels += own
        }
        func auc(_ rounds: [Matrix<Double>]) throws -> (area: Double, chance: Double) {
            let rows = rounds.flatMap { round in (0..<round.rows).map { Array(round.row($0)) } }
            let mean = (0..<width).map { column in rows.reduce(0) { $0 + $1[column] } }
            var scores = LabelScores()
            scores.add(rows.map { -zip($0, mean).reduce(0) { $0 + $1.0 * $1.1 } }, labels: labels)
            return (try scores.auc, scores.chance)
        }
        #expect(try auc(clear).area >= Threshold.labels)
        if width <= labelColumns {
            #expect(zip(truth, clear).allSatisfy { Recovery(of: $0, by: $1).r2 >= Threshold.recovered })
        }
        let real = try auc(decrypted)
        #expect(abs(real.area - 0.5) <= real.chance)
    }

    // MARK: - Weights

    /// The attack, on weights of a batch's rows: how many rows have nearly the same one. The commonest class has the most.
    private func scores(_ weights: [Double]) -> [Double] {
        let reach = 0.1 * ((weights.max() ?? 0) - (weights.min() ?? 0))
        return weights.map { weight in Double(weights.count { abs($0 - weight) <= reach }) }
    }

    /// What the attack makes of the weights of all local steps of some jobs, whose labels have three classes: cosines of dZ now and
    /// at its exchange.
    ///
    /// - Parameter scale: Of the features: how much they say, beside how common classes are.
    private func weightScores(scale: Double) throws -> (first: LabelScores, all: LabelScores) {
        let plan = ReusePlan(workset: 5, reuse: 5, maxAngle: 90)
        var (first, all) = (LabelScores(), LabelScores())
        for job in 0..<6 {
            let data = try ClassData(rows: 320, columns: 5, name: "job \(job)", scale: scale)
            var model = Softmax(columns: 5)
            var workset = Workset<(batch: ClassData, dZ: Matrix<Double>)>(plan)
            for round in 0..<20 {
                let batch = data.batch(round, of: 64)
                let dZ = model.derivative(batch)
                model.descend(batch, along: dZ)
                for (batch, exchanged) in workset.insert((batch, dZ)) {
                    let now = model.derivative(batch)
                    let weights = plan.weights(now: now, exchanged: exchanged)
                    let labels = batch.classes.map { $0 == 0 ? 1.0 : 0 }
                    if round == 0 { first.add(scores(weights), labels: labels) }
                    all.add(scores(weights), labels: labels)
                    model.descend(batch, along: now, weights: weights)
                }
            }
        }
        return (first, all)
    }

    /// Weights are not the harmless by-product that they seem. While a model has learned no more than how common classes are, as at
    /// its beginning, all rows of a class have turned alike, and their weight names the class: area 1 in the first local step, 0.87
    /// over the whole training where features say little. Where they say much, what has turned a row is mostly its features, and the
    /// area is 0.61 in the first step, 0.48 over all. Under two classes, or one column, all weights are 1. So nobody sends them: they
    /// go into dZ before it is encrypted, and of that the feature party has what `derivativesInTheClear` shows to tell nothing.
    @Test func weightsInTheClear() throws {
        let (weak, strong) = (try weightScores(scale: 0.1), try weightScores(scale: 2))
        #expect(try weak.all.auc > 0.8)
        #expect(try weak.first.auc >= Threshold.labels)
        #expect(try abs(strong.all.auc - 0.5) < 0.15)
    }
}
