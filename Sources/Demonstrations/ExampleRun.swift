package import Arithmetic
package import Attacks
package import Cryptography
internal import Glibc
internal import MatMul
package import Paillier
internal import Shares
internal import SourceLayers
internal import Specification

/// A job as it ran: what the label party saw, and the truth that it should not learn.
package struct ExampleRun {
    package let view: LabelView
    /// X_A.
    package let features: Matrix<Double>
    /// `X_A W_A` under the first W_A.
    package let product: Matrix<Double>

    /// Trains by logistic regression, one for each column of Z, on the real roles: features uniform in -1...1, labels from random
    /// weights.
    ///
    /// - Parameters:
    ///   - source: A new source for each party, and one for the data.
    package init<Key: AdditiveKey>(
        _ job: ExampleJob, keys: (label: Key, feature: Key), source: () -> any RandomSource
    ) throws {
        let (b, a) = (try Party("label"), try Party("feature"))
        let parameters = try MatMulParameters(
            label: .init(b, columns: job.labelColumns), features: [.init(a, columns: job.columns)], width: job.width,
            keyBits: keys.label.cipher.keyBits, attempt: 0)
        let optimiser = try ShareOptimiser(
            rate: Fraction(decimal: Self.rate), momentum: Fraction(decimal: Self.momentum),
            decay: Fraction(decimal: "0"))
        let bounds = MatMulInitialBounds(standardDeviation: 0.5, featureParties: 1)
        let sources = (label: source(), feature: source())
        var parties = try TwoParties(
            parameters, keys: keys,
            shares: (
                MatMulLabelShares(parameters, bounds: bounds, optimiser: optimiser, random: sources.label),
                MatMulFeatureShares(of: a, parameters, bounds: bounds, optimiser: optimiser, random: sources.feature)
            ), sources: sources)

        let data = try ExampleData(job, random: source())
        features = data.features.map { FixedPoint.decode($0) }
        let weights = parties.labelRole.shares.featureWeights[0].value &+ parties.featureRole.shares.weights.value
        product = features * weights.map { FixedPoint.decode($0) }

        try parties.start()
        var rounds: [LabelView.Round] = []
        for rows in data.batches {
            let ownShare = parties.labelRole.shares.weights.value.map { FixedPoint.decode($0) }
            let opened = try parties.forward(
                label: data.labelFeatures.selecting(rows), feature: data.features.selecting(rows), in: .train
            ).map { FixedPoint.decode($0, fractionBits: FixedPoint.productFractionBits) }
            let labels = data.labels.selecting(rows)
            let derivative = try Matrix(
                rows: opened.rows, columns: opened.columns,
                elements: zip(opened.elements, labels.elements).map { z, label in
                    try FixedPoint.encode(1 / (1 + exp(-z)) - label, within: .derivative)
                })
            try parties.backward(dZ: derivative)
            rounds.append(
                .init(
                    rows: rows, opened: opened, ownShare: ownShare,
                    derivative: derivative.map { FixedPoint.decode($0) }))
        }
        view = LabelView(
            ownRows: data.labelFeatures.map { FixedPoint.decode($0) }, rate: Double(Self.rate) ?? 0,
            momentum: Double(Self.momentum) ?? 0, rounds: rounds)
    }

    private static let (rate, momentum) = ("2", "0.5")
}

/// Features in fixed point, labels as 0 and 1, and the batches of all epochs.
private struct ExampleData {
    let features: Matrix<Int64>
    let labelFeatures: Matrix<Int64>
    let labels: Matrix<Double>
    let batches: [[Int]]

    init(_ job: ExampleJob, random: any RandomSource) throws {
        func uniform(_ name: String, _ rows: Int, _ columns: Int) throws -> Matrix<Int64> {
            try random.stream(name).initialShares(rows: rows, columns: columns, bound: 1 << FixedPoint.fractionBits)
        }
        features = try uniform("features", job.rows, job.columns)
        labelFeatures = try uniform("label features", job.rows, job.labelColumns)
        let scores =
            try features &* uniform("weights", job.columns, job.width)
            &+ labelFeatures &* uniform("label weights", job.labelColumns, job.width)
        labels = scores.map { $0 > 0 ? 1 : 0 }
        let order = try random.stream("order")
        batches = (0..<job.openings).flatMap { _ in
            let keys = order.ringElements(rows: job.rows, columns: 1, of: Int64.self)
            let shuffled = (0..<job.rows).sorted { keys[$0, 0] < keys[$1, 0] }
            return stride(from: 0, to: job.rows, by: job.batch).map { Array(shuffled[$0..<$0 + job.batch]) }
        }
    }
}

extension Matrix {
    fileprivate func selecting(_ rows: [Int]) -> Self {
        Matrix(rows: rows.count, columns: columns, elements: rows.flatMap { row($0) })
    }
}
