import Arithmetic
import Cryptography
import IdealCipher
import MatMul
import LayerTesting
import Paillier
import ProtocolTesting
import Shares
import SourceLayers
import Specification
import Testing

@Suite struct TrainingTests {
    private let seed = Array("training".utf8)

    private func parameters(features: [Int], width: Int, keyBits: Int) throws -> MatMulParameters {
        try MatMulParameters(
            label: .init(Party("label"), columns: 4),
            features: features.enumerated().map { .init(try Party("feature-\($0)"), columns: $1) }, width: width,
            keyBits: keyBits, attempt: 0)
    }

    private func federation<Key>(
        _ parameters: MatMulParameters, runs: [LayerRun], optimiser: ShareOptimiser,
        shares: MatMulFederation<Key>.Shares? = nil, key: (Party) -> Key
    ) throws -> MatMulFederation<Key> {
        let members = [parameters.label.party] + parameters.features.map(\.party)
        return try MatMulFederation(
            parameters, runs: runs, keys: Dictionary(uniqueKeysWithValues: members.map { ($0, key($0)) }),
            bounds: MatMulInitialBounds(standardDeviation: 0.25, featureParties: parameters.features.count),
            optimiser: optimiser, shares: shares, source: { RecordedRandomSource(seed: seed) })
    }

    /// Random features or targets, |x| <= 1.
    private func random(_ rows: Int, _ columns: Int, _ name: String) throws -> Matrix<Int64> {
        try RecordedRandomSource(seed: seed).stream(name).initialShares(rows: rows, columns: columns, bound: 1 << 20)
    }

    @Test(arguments: [([3], "0", "0"), ([3, 2], "0", "0"), ([2, 3, 1], "0.875", "0"), ([3], "0.5", "0.0625")])
    func fiftyStepsArePlainSGD(features: [Int], momentum: String, decay: String) throws {
        let (batch, width, rate) = (8, 2, 0.25)
        let parameters = try parameters(features: features, width: width, keyBits: 2048)
        let federation = try federation(
            parameters, runs: [.init(.train, rows: batch, count: 50)],
            optimiser: optimiser("0.25", momentum: momentum, decay: decay)
        ) { _ in IdealKey(keyBits: 2048) }
        let (mu, lambda) = (try #require(Double(momentum)), try #require(Double(decay)))
        let columns = features + [4]
        var plain = federation.weights.map(PlainLinear.init)

        try federation.start()
        for step in 0..<50 {
            let rows = try columns.enumerated().map { try random(batch, $1, "x \(step) \($0)") }
            let targets = try random(batch, width, "y \(step)")
            let z = try federation.forward(label: rows[features.count], features: rows.dropLast(), in: .train)
            try federation.backward(dZ: derivative(z, targets))

            let real = rows.map { $0.map { FixedPoint.decode($0) } }
            var exact = Matrix<Double>(rows: batch, columns: width, repeating: 0)
            for (party, rows) in zip(plain, real) { exact = exact + party.output(rows) }
            #expect(z.map { FixedPoint.decode($0, fractionBits: 40) }.distance(to: exact) < 1e-3)
            let dZ = exact + targets.map { -FixedPoint.decode($0) }
            for party in plain.indices {
                plain[party].step(real[party], dZ: dZ, rate: rate, momentum: mu, decay: lambda)
            }
        }
        for (weights, exact) in zip(federation.weights, plain) {
            #expect(weights.map { FixedPoint.decode($0) }.distance(to: exact.weights) < 1e-4)
        }
        #expect(federation.isFinished)
        #expect(federation.roundsFinished.allSatisfy { $0 == 50 })
    }

    /// Real and ideal encryption give the same integers, step by step, over mixed rounds with a last batch that is smaller.
    @Test func realAndIdealRunsAreEqual() throws {
        let runs: [LayerRun] = [
            .init(.train, rows: 5, count: 2), .init(.evaluate, rows: 7), .init(.train, rows: 3),
            .init(.evaluate, rows: 1),
        ]
        let parameters = try parameters(features: [3, 2], width: 1, keyBits: 1024)
        let optimiser = try optimiser("0.5", momentum: "0.9", decay: "0.01")
        let ideal = try federation(parameters, runs: runs, optimiser: optimiser) { _ in IdealKey(keyBits: 1024) }
        let real = try federation(parameters, runs: runs, optimiser: optimiser) { Keys.recorded(bits: 1024, $0) }
        try ideal.start()
        try real.start()
        var round = 0
        for run in runs {
            for _ in 0..<run.count {
                let rows = try [3, 2].enumerated().map { try random(run.rows, $1, "x \(round) \($0)") }
                let own = try random(run.rows, 4, "x \(round) label")
                let z = try ideal.forward(label: own, features: rows, in: run.phase)
                #expect(try real.forward(label: own, features: rows, in: run.phase) == z)
                if run.phase == .train {
                    let dZ = derivative(z, try random(run.rows, 1, "y \(round)"))
                    try ideal.backward(dZ: dZ)
                    try real.backward(dZ: dZ)
                }
                #expect(real.shares.label == ideal.shares.label)
                #expect(real.shares.features == ideal.shares.features)
                round += 1
            }
        }
        #expect(ideal.isFinished && real.isFinished)
        #expect(ideal.roundsFinished == [5, 5, 5])
        // Both ends of all links: F1 and F2 of 22 rows with two parties, B2 of 3 + 2 rows in three rounds.
        #expect(real.label.role.budget.spent == 2 * 2 * 21 + 3 * 5)
    }

    /// Shares that were saved go on in another attempt, with other masks; Z is the product with the weights to the last bit.
    @Test func savedSharesGoOn() throws {
        let parameters = try parameters(features: [3, 2], width: 2, keyBits: 2048)
        let rows = try [3, 2, 4].enumerated().map { try random(6, $1, "x \($0)") }
        let first = try federation(parameters, runs: [.init(.train, rows: 6)], optimiser: optimiser("1")) { _ in
            IdealKey(keyBits: 2048)
        }
        try first.start()
        let z = try first.forward(label: rows[2], features: [rows[0], rows[1]], in: .train)
        try first.backward(dZ: derivative(z, random(6, 2, "y")))

        let again = try MatMulParameters(
            label: parameters.label, features: parameters.features, width: 2, keyBits: 2048, attempt: 1,
            weightVersion: 1)
        let second = try federation(
            again, runs: [.init(.evaluate, rows: 6)], optimiser: optimiser("1"), shares: first.shares
        ) { _ in IdealKey(keyBits: 2048) }
        try second.start()
        let weights = first.weights
        #expect(
            try second.forward(label: rows[2], features: [rows[0], rows[1]], in: .evaluate)
                == rows[0] &* weights[0] &+ rows[1] &* weights[1] &+ rows[2] &* weights[2])
        let f1 = Route(sender: parameters.features[0].party, receiver: parameters.label.party)
        #expect(first.sent[f1]?[1].payload != second.sent[f1]?[1].payload)
    }

    @Test func initialWeightsHaveTheirDeviation() throws {
        let parameters = try MatMulParameters(
            label: .init(Party("label"), columns: 2000), features: [.init(Party("feature"), columns: 2000)], width: 2,
            keyBits: 2048, attempt: 0)
        let federation = try MatMulFederation(
            parameters, runs: [],
            keys: [
                parameters.label.party: IdealKey(keyBits: 2048), parameters.features[0].party: IdealKey(keyBits: 2048),
            ],
            bounds: MatMulInitialBounds(standardDeviation: 0.5, featureParties: 1), optimiser: optimiser("1"),
            source: { RecordedRandomSource(seed: seed) })
        for weights in federation.weights {
            let squares = weights.elements.map { FixedPoint.decode($0) * FixedPoint.decode($0) }
            #expect(abs(squares.reduce(0, +) / 4000 - 0.25) < 0.02)
        }
    }
}
