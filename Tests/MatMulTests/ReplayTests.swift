import Arithmetic
import Cryptography
import IdealCipher
import LayerTesting
import LocalUpdates
import MatMul
import Paillier
import ProtocolTesting
import Shares
import SourceLayers
import Specification
import Testing

/// Gradients of earlier batches that move the weights again, share by share, between two rounds.
@Suite struct ReplayTests {
    private let seed = Array("replay".utf8)
    private let columns = [7, 4]
    private let width = 2
    private let rounds = 14
    /// Batches of two sizes, so that multipliers differ.
    private let runs: [LayerRun] = [
        .init(.train, rows: 6, count: 8), .init(.evaluate, rows: 3), .init(.train, rows: 5, count: 6),
    ]

    private func party(_ index: Int) throws -> Party { try Party("feature-\(index)") }

    private func parameters(_ replay: ReusePlan, listed: [Int]? = nil, keyBits: Int = 2048) throws -> MatMulParameters {
        let features = try columns.indices.map { try party($0) }
        return try MatMulParameters(
            label: .init(Party("label"), columns: 3),
            features: zip(features, columns).map { .init($0, columns: $1) }, width: width, keyBits: keyBits, attempt: 0,
            listed: listed.map { Dictionary(uniqueKeysWithValues: zip(features, $0)) }, replay: replay)
    }

    private func federation<Key>(
        _ parameters: MatMulParameters, momentum: String = "0", decay: String = "0", key: (Party) -> Key
    ) throws -> MatMulFederation<Key> {
        try MatMulFederation(
            parameters, runs: runs,
            keys: Dictionary(uniqueKeysWithValues: parameters.members.map { ($0.party, key($0.party)) }),
            bounds: MatMulInitialBounds(standardDeviation: 0.25, featureParties: columns.count),
            optimiser: optimiser("0.25", momentum: momentum, decay: decay),
            source: { RecordedRandomSource(seed: seed) })
    }

    private func random(_ rows: Int, _ columns: Int, _ name: String) throws -> Matrix<Int64> {
        try RecordedRandomSource(seed: seed).stream(name).initialShares(rows: rows, columns: columns, bound: 1 << 20)
    }

    /// One batch of all parties: zeros outside the columns that feature parties list, of which the last two are decoys.
    private struct Batch {
        let rows: [Matrix<Int64>]
        let lists: [[Int]]
        let dZ: Matrix<Int64>
    }

    private func batch(_ index: Int, rows count: Int, listed: [Int]?) throws -> Batch {
        var rows = try (columns + [3]).enumerated().map { try random(count, $1, "x \(index) \($0)") }
        var lists: [[Int]] = []
        for (party, size) in (listed ?? []).enumerated() {
            let first = index % (columns[party] - size + 1)
            lists.append(Array(first..<first + size))
            let touched = first..<first + size - 2
            for row in 0..<count {
                for column in 0..<columns[party] where !touched.contains(column) { rows[party][row, column] = 0 }
            }
        }
        return Batch(rows: rows, lists: lists, dZ: try random(count, width, "dZ \(index)"))
    }

    /// Runs all rounds; `afterTraining` sees each training batch.
    private func run<Key>(
        _ federation: MatMulFederation<Key>, listed: [Int]? = nil, afterTraining: (Batch) throws -> Void = { _ in }
    ) throws {
        try federation.start()
        for (index, run) in runs.flatMap({ run in (0..<run.count).map { _ in run } }).enumerated() {
            let batch = try batch(index, rows: run.rows, listed: listed)
            let lists = try Dictionary(uniqueKeysWithValues: batch.lists.enumerated().map { (try party($0), $1) })
            let before = federation.weights
            let z = try federation.forward(
                label: batch.rows[2], features: Array(batch.rows.dropLast()), in: run.phase, listing: lists)
            // The copies that are computed with are of the shares as replays have left them.
            if federation.label.role.shares.optimiser.alpha == 1 << 40 {
                let products = zip(batch.rows, before).map { $0 &* $1 }
                #expect(z == products.dropFirst().reduce(products[0]) { $0 &+ $1 })
            }
            guard run.phase == .train else { continue }
            try federation.backward(dZ: batch.dZ)
            try afterTraining(batch)
        }
        #expect(federation.isFinished)
    }

    // MARK: - What is computed

    /// A feature party's weights as one optimiser would move them, each gradient as often as the workset says; in units of 2^-20.
    private struct Model {
        var weights: Matrix<Double>
        var velocity: Matrix<Double>
        var workset: Workset<(gradient: Matrix<Double>, scale: Double, rows: [Int])>
        /// Steps so far, of all weights.
        var steps = 0

        mutating func train(_ gradient: Matrix<Double>, scale: Double, momentum: Double, rows: [Int]) {
            for row in rows {
                for column in 0..<weights.columns {
                    velocity[row, column] = momentum * velocity[row, column] + gradient[row, column]
                    weights[row, column] -= scale * velocity[row, column]
                }
            }
            let again = workset.insert((gradient, scale, rows))
            for earlier in again {
                for row in earlier.rows {
                    for column in 0..<weights.columns {
                        weights[row, column] -= earlier.scale * earlier.gradient[row, column]
                    }
                }
            }
            steps += 1 + again.count
        }
    }

    @Test(
        arguments: [(1, 1), (1, 4), (5, 5), (3, 2)],
        [(nil, "0", "0"), (nil, "0.5", "0"), (nil, "0", "0.0625"), ([4, 3], "0.5", "0")] as [([Int]?, String, String)])
    func gradientsAreRepeatedAsTheWorksetSays(
        plan: (workset: Int, reuse: Int), layer: (listed: [Int]?, momentum: String, decay: String)
    ) throws {
        let replay = ReusePlan(workset: plan.workset, reuse: plan.reuse)
        let federation = try federation(
            parameters(replay, listed: layer.listed), momentum: layer.momentum, decay: layer.decay
        ) { _ in IdealKey(keyBits: 2048) }
        let (momentum, decay) = (try #require(Double(layer.momentum)), try #require(Double(layer.decay)))
        func sum(_ party: Int) -> Matrix<Double> {
            let shares = federation.shares
            return (shares.features[party].weights.value &+ shares.label.featureWeights[party].value).map { Double($0) }
        }
        func models(_ plan: ReusePlan) -> [Model] {
            columns.indices.map {
                Model(weights: sum($0), velocity: sum($0).map { _ in 0 }, workset: Workset(plan))
            }
        }
        var (expected, without) = (models(replay), models(.none))
        var alpha = 1.0
        try run(federation, listed: layer.listed) { batch in
            alpha *= 1 - 0.25 * decay
            for party in columns.indices {
                let rows = batch.lists.isEmpty ? Array(0..<columns[party]) : batch.lists[party]
                let gradient = (batch.rows[party].transposed() &* batch.dZ).map { Double($0) }
                let scale = 0.25 / Double(batch.dZ.rows) / alpha / Double(1 << 20)
                expected[party].train(gradient, scale: scale, momentum: momentum, rows: rows)
                without[party].train(gradient, scale: scale, momentum: momentum, rows: rows)
                // One unit for each share and step; a thousandth of one for what the model itself rounds.
                let bound = Double(2 * expected[party].steps) + 1e-3
                #expect(sum(party).distance(to: expected[party].weights) < bound)
            }
        }
        #expect(expected.allSatisfy { $0.steps == rounds + replay.steps(rounds: rounds) })
        for party in columns.indices {
            // The bound would tell other schedules apart.
            #expect((sum(party).distance(to: without[party].weights) > 1000 * Double(rounds)) == (plan.reuse > 1))
        }
    }

    /// Replays leave velocities alone: they are those of a run without, under the same derivatives.
    @Test func momentumIsBypassed() throws {
        let plain = try federation(parameters(.none), momentum: "0.5") { _ in IdealKey(keyBits: 2048) }
        let replayed = try federation(parameters(ReusePlan(workset: 5, reuse: 5)), momentum: "0.5") { _ in
            IdealKey(keyBits: 2048)
        }
        try run(plain)
        try run(replayed)
        for party in columns.indices {
            let feature = plain.shares.features[party].weights
            #expect(replayed.shares.features[party].weights.velocity == feature.velocity)
            #expect(replayed.shares.features[party].weights.value != feature.value)
            #expect(
                replayed.shares.label.featureWeights[party].velocity
                    == plain.shares.label.featureWeights[party].velocity)
        }
        // The label party's own weights are its own to move.
        #expect(replayed.shares.label.weights == plain.shares.label.weights)
    }

    @Test(arguments: [nil, [4, 3]])
    func realAndIdealRunsAreEqual(listed: [Int]?) throws {
        let parameters = try parameters(ReusePlan(workset: 3, reuse: 4), listed: listed, keyBits: 1024)
        let ideal = try federation(parameters, momentum: "0.5") { _ in IdealKey(keyBits: 1024) }
        let real = try federation(parameters, momentum: "0.5") { Keys.recorded(bits: 1024, $0) }
        try run(ideal, listed: listed)
        try run(real, listed: listed)
        #expect(real.shares.label == ideal.shares.label && real.shares.features == ideal.shares.features)
    }

    /// A batch that is used once is not replayed, whatever the workset holds.
    @Test func withoutReuseNothingChanges() throws {
        let plain = try federation(parameters(.none), momentum: "0.5") { _ in IdealKey(keyBits: 2048) }
        let once = try federation(parameters(ReusePlan(workset: 5, reuse: 1)), momentum: "0.5") { _ in
            IdealKey(keyBits: 2048)
        }
        try run(plain)
        try run(once)
        #expect(once.shares.label == plain.shares.label && once.shares.features == plain.shares.features)
        #expect(once.sent == plain.sent)
    }

    // MARK: - What crosses the links

    /// Nothing tells a run with replays from one without: every link has the same frames in the same order, header by header.
    @Test(arguments: [nil, [4, 3]])
    func framesAreThoseOfARunWithout(listed: [Int]?) throws {
        func frames(_ replay: ReusePlan) throws -> [Route: [Frame]] {
            let federation = try federation(parameters(replay, listed: listed)) { _ in IdealKey(keyBits: 2048) }
            try run(federation, listed: listed)
            return federation.sent
        }
        let (plain, replayed) = (try frames(.none), try frames(ReusePlan(workset: 5, reuse: 5)))
        #expect(Set(plain.keys) == Set(replayed.keys) && plain.count == 4)
        for (route, frames) in plain {
            let others = try #require(replayed[route])
            #expect(frames.map(\.header) == others.map(\.header))
            #expect(frames.map(\.payload.count) == others.map(\.payload.count))
            #expect(frames != others)
        }
    }
}
