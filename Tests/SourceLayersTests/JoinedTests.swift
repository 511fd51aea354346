import Arithmetic
import Cryptography
import EmbedMatMul
import IdealCipher
import LayerTesting
import MatMul
import Paillier
import Shares
import SourceLayers
import Specification
import Testing

/// A model with both source layers: every party adds its share of Embed-MatMul's Z to its part of MatMul's, and the label party
/// opens the sum once.
private struct JoinedFederation<Key: AdditiveKey> {
    let numbers: MatMulFederation<Key>
    let categories: EmbedMatMulFederation<Key>

    init(_ numbers: MatMulFederation<Key>, _ categories: EmbedMatMulFederation<Key>) throws {
        self.numbers = numbers
        self.categories = categories
        try numbers.start()
        try categories.start()
    }

    func forward(_ batch: Batch, in phase: LayerPhase) throws -> Matrix<Int64> {
        let shares = try categories.shareForward(
            label: batch.lookups[batch.lookups.count - 1], features: batch.lookups.dropLast(), in: phase,
            listing: batch.tableLists)
        return try numbers.forward(
            label: batch.rows[batch.rows.count - 1], features: batch.rows.dropLast(), in: phase,
            adding: shares.mapValues(\.reduced), listing: batch.columnLists)
    }

    func backward(dZ: Matrix<Int64>) throws {
        try numbers.backward(dZ: dZ)
        try categories.backward(dZ: dZ)
    }
}

/// The feature parties' in the job's order of each layer, then the label party's.
private struct Batch {
    let rows: [Matrix<Int64>]
    let lookups: [Matrix<Int>]
    /// Where the layers have lists.
    var columnLists: [Party: [Int]] = [:]
    var tableLists: [Party: [Int]] = [:]
}

@Suite struct JoinedTests {
    private let seed = Array("joined".utf8)
    private let width = 2
    /// Columns of the feature parties, then of the label party.
    private let columns = [2, 3, 1, 2]
    /// Categories of each field of each party of the embedding layer: the second feature party is none of it.
    private let fields = ["feature-0": [3, 2], "feature-2": [4]]

    /// Fields of its members; the label party's last, which may have none.
    private func fields(label: [Int]) -> [[Int]] { fields.sorted { $0.key < $1.key }.map(\.value) + [label] }

    private func federation<Key>(
        label fieldsOfLabel: [Int], runs: [LayerRun], keyBits: Int, momentum: String = "0", isListed: Bool = false,
        key: (Party) -> Key
    ) throws -> JoinedFederation<Key> {
        let (label, features) = (try Party("label"), try (0..<3).map { try Party("feature-\($0)") })
        let keys = Dictionary(uniqueKeysWithValues: ([label] + features).map { ($0, key($0)) })
        func member(_ party: Party, _ sizes: [Int]) -> EmbedMatMulParameters.Member {
            .init(party, fields: sizes.count, tableRows: sizes.reduce(0, +))
        }
        let numbers = try MatMulParameters(
            label: .init(label, columns: columns[3]),
            features: features.enumerated().map { .init($1, columns: columns[$0]) }, width: width, keyBits: keyBits,
            attempt: 0, listed: isListed ? listedColumns : nil)
        let categories = try EmbedMatMulParameters(
            label: member(label, fieldsOfLabel),
            features: features.compactMap { party in fields[party.name].map { member(party, $0) } },
            partner: fieldsOfLabel.isEmpty ? nil : features[2], dimension: 3, width: width, keyBits: keyBits,
            attempt: 0, opening: .joined, listed: isListed ? listedRows(label: fieldsOfLabel) : nil)
        let optimiser = try optimiser("0.25", momentum: momentum)
        return try JoinedFederation(
            MatMulFederation(
                numbers, runs: runs, keys: keys,
                bounds: MatMulInitialBounds(standardDeviation: 0.25, featureParties: 3), optimiser: optimiser,
                source: { RecordedRandomSource(seed: seed) }),
            EmbedMatMulFederation(
                categories, runs: runs, keys: keys,
                bounds: EmbedMatMulInitialBounds(tableDeviation: 0.5, weightDeviation: 0.5), optimiser: optimiser,
                source: { RecordedRandomSource(seed: seed) }))
    }

    /// How many columns and table rows are listed, where lists are.
    private var listedColumns: [Party: Int] {
        get throws { [try Party("feature-0"): 2, try Party("feature-1"): 2, try Party("feature-2"): 1] }
    }
    private func listedRows(label: [Int]) throws -> [Party: Int] {
        let features = [try Party("feature-0"): 4, try Party("feature-2"): 3]
        return label.isEmpty ? features : features.merging([try Party("label"): 4]) { $1 }
    }

    /// The batch with the second column of its second party empty, as it is not listed, and lists of what it touches.
    private func listing(_ batch: Batch, label: [Int]) throws -> Batch {
        var rows = batch.rows
        for row in 0..<rows[1].rows { rows[1][row, 1] = 0 }
        var listing = Batch(rows: rows, lookups: batch.lookups)
        listing.columnLists = [
            try Party("feature-0"): [0, 1], try Party("feature-1"): [0, 2], try Party("feature-2"): [0],
        ]
        let counts = try listedRows(label: label)
        let owners = try ["feature-0", "feature-2", "label"].map { try Party($0) }
        for ((owner, lookups), sizes) in zip(zip(owners, batch.lookups), fields(label: label)) {
            guard let count = counts[owner] else { continue }
            listing.tableLists[owner] = try RowList.covering(
                Set(lookups.elements), count: count, of: sizes.reduce(0, +),
                decoysFrom: RecordedRandomSource(seed: seed).stream("list \(owner)"))
        }
        return listing
    }

    private func random(_ rows: Int, _ columns: Int, _ name: String) throws -> Matrix<Int64> {
        try RecordedRandomSource(seed: seed).stream(name).initialShares(rows: rows, columns: columns, bound: 1 << 20)
    }

    private func batch(_ rows: Int, label fieldsOfLabel: [Int], _ name: String) throws -> Batch {
        let lookups = try fields(label: fieldsOfLabel).enumerated().map { party, sizes in
            let bytes = try RecordedRandomSource(seed: seed).stream("\(name) \(party)").bytes(rows * sizes.count)
            return Matrix(
                rows: rows, columns: sizes.count,
                elements: bytes.enumerated().map { place, byte in
                    let field = place % sizes.count
                    return sizes[..<field].reduce(Int(byte) % sizes[field], +)
                })
        }
        return Batch(rows: try columns.enumerated().map { try random(rows, $1, "\(name) x \($0)") }, lookups: lookups)
    }

    @Test(arguments: [([], "0"), ([3, 2], "0"), ([3, 2], "0.5")])
    func fiftyStepsArePlainSGD(label: [Int], momentum: String) throws {
        let (rows, rate, steps) = (8, 0.25, 50)
        let joined = try federation(
            label: label, runs: [.init(.train, rows: rows, count: steps), .init(.evaluate, rows: 3)], keyBits: 2048,
            momentum: momentum
        ) { _ in IdealKey(keyBits: 2048) }
        let mu = try #require(Double(momentum))
        var numbers = joined.numbers.weights.map(PlainLinear.init)
        var categories = joined.categories.models.map(PlainEmbedding.init)
        #expect(categories.count == (label.isEmpty ? 2 : 3))

        func exact(_ batch: Batch) -> Matrix<Double> {
            var sum = Matrix<Double>(rows: batch.rows[0].rows, columns: width, repeating: 0)
            for (party, rows) in zip(numbers, batch.rows) {
                sum = sum + party.output(rows.map { FixedPoint.decode($0) })
            }
            for (party, lookups) in zip(categories, batch.lookups) { sum = sum + party.output(lookups) }
            return sum
        }
        for step in 0..<steps {
            let batch = try batch(rows, label: label, "\(step)")
            let targets = try random(rows, width, "y \(step)")
            let z = try joined.forward(batch, in: .train)
            try joined.backward(dZ: derivative(z, targets))
            let exact = exact(batch)
            #expect(z.map { FixedPoint.decode($0, fractionBits: 40) }.distance(to: exact) < 1e-3)
            let dZ = exact + targets.map { -FixedPoint.decode($0) }
            for party in numbers.indices {
                numbers[party].step(
                    batch.rows[party].map { FixedPoint.decode($0) }, dZ: dZ, rate: rate, momentum: mu)
            }
            for party in categories.indices {
                categories[party].step(batch.lookups[party], dZ: dZ, rate: rate, momentum: mu)
            }
        }
        for (weights, exact) in zip(joined.numbers.weights, numbers) {
            #expect(weights.map { FixedPoint.decode($0) }.distance(to: exact.weights) < 1e-4)
        }
        for (model, exact) in zip(joined.categories.models, categories) {
            #expect(model.table.map { FixedPoint.decode(Int64($0)) }.distance(to: exact.table) < 1e-4)
            #expect(model.weights.map { FixedPoint.decode(Int64($0)) }.distance(to: exact.weights) < 1e-4)
        }
        let last = try batch(3, label: label, "last")
        let z = try joined.forward(last, in: .evaluate)
        #expect(z.map { FixedPoint.decode($0, fractionBits: 40) }.distance(to: exact(last)) < 1e-3)
        #expect(joined.numbers.isFinished && joined.categories.isFinished)
        #expect(joined.categories.roundsFinished.allSatisfy { $0 == steps + 1 })
    }

    /// What is opened is, to the last bit, the products of all rows with all weights, in the ring.
    @Test func theSumIsOpenedExactly() throws {
        let joined = try federation(label: [3, 2], runs: [.init(.train, rows: 5)], keyBits: 2048) { _ in
            IdealKey(keyBits: 2048)
        }
        let batch = try batch(5, label: [3, 2], "x")
        var sum = Matrix<Int64>(rows: 5, columns: width, repeating: 0)
        for (weights, rows) in zip(joined.numbers.weights, batch.rows) { sum = sum &+ rows &* weights }
        for (model, lookups) in zip(joined.categories.models, batch.lookups) {
            let embedded = Matrix(
                rows: 5, columns: model.weights.rows, elements: lookups.elements.flatMap { Array(model.table.row($0)) })
            sum = sum &+ (embedded &* model.weights).reduced
        }
        #expect(try joined.forward(batch, in: .train) == sum)
        // Nobody has sent a share of the embedding's part.
        #expect(joined.categories.sent.values.joined().allSatisfy { $0.header.kind == .ciphertext })
    }

    /// Both layers with lists open the sum, too, and train what is listed as plain gradient descent would.
    @Test(arguments: [[], [3, 2]])
    func listedLayersJoin(label: [Int]) throws {
        let runs: [LayerRun] = [.init(.train, rows: 2, count: 5), .init(.evaluate, rows: 2)]
        let joined = try federation(label: label, runs: runs, keyBits: 2048, isListed: true) { _ in
            IdealKey(keyBits: 2048)
        }
        var numbers = joined.numbers.weights.map(PlainLinear.init)
        var categories = joined.categories.models.map(PlainEmbedding.init)
        let owners = try ["feature-0", "feature-1", "feature-2"].map { try Party($0) }
        let tables = try ["feature-0", "feature-2", "label"].map { try Party($0) }
        for round in 0..<6 {
            let batch = try listing(batch(2, label: label, "\(round)"), label: label)
            let phase: LayerPhase = round < 5 ? .train : .evaluate
            let z = try joined.forward(batch, in: phase)
            let rows = batch.rows.map { $0.map { FixedPoint.decode($0) } }
            var exact = Matrix<Double>(rows: 2, columns: width, repeating: 0)
            for (party, rows) in zip(numbers, rows) { exact = exact + party.output(rows) }
            for (party, lookups) in zip(categories, batch.lookups) { exact = exact + party.output(lookups) }
            #expect(z.map { FixedPoint.decode($0, fractionBits: 40) }.distance(to: exact) < 1e-3)
            guard phase == .train else { continue }
            let targets = try random(2, width, "y \(round)")
            try joined.backward(dZ: derivative(z, targets))
            let dZ = exact + targets.map { -FixedPoint.decode($0) }
            for party in numbers.indices {
                let list = party < 3 ? batch.columnLists[owners[party]] : nil
                numbers[party].step(rows[party], dZ: dZ, rate: 0.25, listed: list)
            }
            for party in categories.indices {
                categories[party].step(
                    batch.lookups[party], dZ: dZ, rate: 0.25, listed: batch.tableLists[tables[party]])
            }
        }
        #expect(joined.numbers.isFinished && joined.categories.isFinished)
    }

    /// Real and ideal encryption give the same integers.
    @Test(arguments: [[], [2]])
    func realAndIdealRunsAreEqual(label: [Int]) throws {
        let runs: [LayerRun] = [.init(.train, rows: 4, count: 2), .init(.evaluate, rows: 3)]
        let ideal = try federation(label: label, runs: runs, keyBits: 1024) { _ in IdealKey(keyBits: 1024) }
        let real = try federation(label: label, runs: runs, keyBits: 1024) { Keys.recorded(bits: 1024, $0) }
        for (round, run) in runs.flatMap({ Array(repeating: $0, count: $0.count) }).enumerated() {
            let batch = try batch(run.rows, label: label, "\(round)")
            let z = try ideal.forward(batch, in: run.phase)
            #expect(try real.forward(batch, in: run.phase) == z)
            guard run.phase == .train else { continue }
            let dZ = derivative(z, try random(run.rows, width, "y \(round)"))
            try ideal.backward(dZ: dZ)
            try real.backward(dZ: dZ)
            #expect(real.numbers.shares.features == ideal.numbers.shares.features)
            #expect(real.categories.shares.label == ideal.categories.shares.label)
            #expect(real.categories.shares.features == ideal.categories.shares.features)
        }
        #expect(ideal.categories.isFinished && real.categories.isFinished && real.numbers.isFinished)
    }
}
