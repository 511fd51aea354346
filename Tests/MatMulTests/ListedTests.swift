import Arithmetic
import Cryptography
import IdealCipher
import LayerTesting
import MatMul
import Paillier
import ProtocolTesting
import Shares
import SourceLayers
import Specification
import Testing

/// Rounds in which listed rows of weights travel, and no others.
@Suite struct ListedTests {
    private let seed = Array("listed".utf8)
    private let columns = [9, 6]
    private let width = 2
    private let runs: [LayerRun] = [
        .init(.train, rows: 4, count: 3), .init(.evaluate, rows: 6, count: 2), .init(.train, rows: 2),
    ]

    private func party(_ index: Int) throws -> Party { try Party("feature-\(index)") }

    private func parameters(listed: [Int]?, keyBits: Int = 2048) throws -> MatMulParameters {
        let features = try columns.indices.map { try party($0) }
        return try MatMulParameters(
            label: .init(Party("label"), columns: 3),
            features: zip(features, columns).map { .init($0, columns: $1) }, width: width, keyBits: keyBits, attempt: 0,
            listed: listed.map { Dictionary(uniqueKeysWithValues: zip(features, $0)) })
    }

    private func federation<Key>(
        _ parameters: MatMulParameters, runs: [LayerRun]? = nil, momentum: String = "0.5", key: (Party) -> Key
    ) throws -> MatMulFederation<Key> {
        try MatMulFederation(
            parameters, runs: runs ?? self.runs,
            keys: Dictionary(uniqueKeysWithValues: parameters.members.map { ($0.party, key($0.party)) }),
            bounds: MatMulInitialBounds(standardDeviation: 0.25, featureParties: columns.count),
            optimiser: optimiser("0.25", momentum: momentum), source: { RecordedRandomSource(seed: seed) })
    }

    private func random(_ rows: Int, _ columns: Int, _ name: String) throws -> Matrix<Int64> {
        try RecordedRandomSource(seed: seed).stream(name).initialShares(rows: rows, columns: columns, bound: 1 << 20)
    }

    /// Rows with one column in `every`, another set in each batch, and what they touch.
    private func sparse(_ rows: Int, _ columns: Int, every: Int, _ name: String) throws -> (Matrix<Int64>, Set<Int>) {
        var batch = try random(rows, columns, name)
        let first = Int(batch[0, 0].magnitude % UInt64(every))
        let touched = Set(stride(from: first, to: columns, by: every))
        for row in 0..<rows { for column in 0..<columns where !touched.contains(column) { batch[row, column] = 0 } }
        return (batch, touched)
    }

    private func list(_ touched: Set<Int>, _ count: Int, of all: Int, _ name: String) throws -> [Int] {
        try RowList.covering(touched, count: count, of: all, decoysFrom: RecordedRandomSource(seed: seed).stream(name))
    }

    private func eachRound(_ body: (_ round: Int, _ run: LayerRun, _ next: LayerRun?) throws -> Void) rethrows {
        let rounds = runs.flatMap { Array(repeating: LayerRun($0.phase, rows: $0.rows), count: $0.count) }
        for (index, run) in rounds.enumerated() {
            try body(index, run, index + 1 < rounds.count ? rounds[index + 1] : nil)
        }
    }

    // MARK: - What is computed

    /// A list of all rows changes nothing but which messages bring [[V_p]]: every share and every opened number is the same.
    @Test func allRowsListedAreAllRows() throws {
        let dense = try federation(parameters(listed: nil)) { _ in IdealKey(keyBits: 2048) }
        let listed = try federation(parameters(listed: columns)) { _ in IdealKey(keyBits: 2048) }
        let lists = try Dictionary(uniqueKeysWithValues: columns.enumerated().map { (try party($0), Array(0..<$1)) })
        try dense.start()
        try listed.start()
        try eachRound { index, run, next in
            let rows = try columns.enumerated().map { try random(run.rows, $1, "x \(index) \($0)") }
            let own = try random(run.rows, 3, "x \(index) label")
            let z = try dense.forward(label: own, features: rows, in: run.phase)
            #expect(try listed.forward(label: own, features: rows, in: run.phase, listing: lists, next: next) == z)
            guard run.phase == .train else { return }
            let dZ = derivative(z, try random(run.rows, width, "y \(index)"))
            try dense.backward(dZ: dZ)
            try listed.backward(dZ: dZ)
            #expect(listed.shares.label == dense.shares.label)
            #expect(listed.shares.features == dense.shares.features)
        }
        #expect(dense.isFinished && listed.isFinished)
        #expect(listed.roundsFinished == [6, 6, 6])
        #expect(listed.label.role.budget == dense.label.role.budget)
    }

    /// Only listed rows move, decoys among them, with the momentum that they have.
    @Test(arguments: ["0", "0.5"])
    func fiftyStepsArePlainSparseSGD(momentum: String) throws {
        let (sizes, rate, steps) = ([5, 3], 0.25, 50)
        let federation = try federation(
            parameters(listed: sizes), runs: [.init(.train, rows: 8, count: steps)], momentum: momentum
        ) { _ in IdealKey(keyBits: 2048) }
        let mu = try #require(Double(momentum))
        var plain = federation.weights.map(PlainLinear.init)
        var everListed = [Set<Int>(), []]
        try federation.start()
        for step in 0..<steps {
            let parts = try columns.enumerated().map { try sparse(8, $1, every: 3, "x \(step) \($0)") }
            let own = try random(8, 3, "x \(step) label")
            let lists = try parts.enumerated().map {
                try list($1.1, sizes[$0], of: columns[$0], "list \(step) \($0)")
            }
            for party in lists.indices { everListed[party].formUnion(lists[party]) }
            let z = try federation.forward(
                label: own, features: parts.map(\.0), in: .train,
                listing: Dictionary(uniqueKeysWithValues: lists.enumerated().map { (try party($0), $1) }))
            let targets = try random(8, width, "y \(step)")
            try federation.backward(dZ: derivative(z, targets))

            let real = (parts.map(\.0) + [own]).map { $0.map { FixedPoint.decode($0) } }
            var exact = Matrix<Double>(rows: 8, columns: width, repeating: 0)
            for (party, rows) in zip(plain, real) { exact = exact + party.output(rows) }
            #expect(z.map { FixedPoint.decode($0, fractionBits: 40) }.distance(to: exact) < 1e-3)
            let dZ = exact + targets.map { -FixedPoint.decode($0) }
            for party in plain.indices {
                plain[party].step(
                    real[party], dZ: dZ, rate: rate, momentum: mu, listed: party < 2 ? lists[party] : nil)
            }
        }
        for (weights, exact) in zip(federation.weights, plain) {
            #expect(weights.map { FixedPoint.decode($0) }.distance(to: exact.weights) < 1e-4)
        }
        for (party, share) in federation.shares.label.featureWeights.enumerated() {
            let expected = momentum == "0" ? [] : everListed[party]
            #expect(Set(share.velocity.keys) == expected)
            #expect(Set(federation.shares.features[party].weights.velocity.keys) == expected)
        }
        #expect(federation.isFinished)
    }

    @Test func realAndIdealRunsAreEqual() throws {
        let sizes = [4, 3]
        let ideal = try federation(parameters(listed: sizes, keyBits: 1024)) { _ in IdealKey(keyBits: 1024) }
        let real = try federation(parameters(listed: sizes, keyBits: 1024)) { Keys.recorded(bits: 1024, $0) }
        try ideal.start()
        try real.start()
        try eachRound { index, run, next in
            let parts = try columns.enumerated().map { try sparse(run.rows, $1, every: 3, "x \(index) \($0)") }
            let own = try random(run.rows, 3, "x \(index) label")
            let lists = try Dictionary(
                uniqueKeysWithValues: parts.enumerated().map {
                    (try party($0), try list($1.1, sizes[$0], of: columns[$0], "list \(index) \($0)"))
                })
            let rows = parts.map { SparseMatrix($0.0) }
            let z = try ideal.forward(label: SparseMatrix(own), features: rows, in: run.phase, listing: lists)
            let same = try real.forward(
                label: own, features: parts.map(\.0), in: run.phase, listing: lists,
                next: index.isMultiple(of: 2) ? next : nil)
            #expect(same == z)
            guard run.phase == .train else { return }
            let dZ = derivative(z, try random(run.rows, width, "y \(index)"))
            try ideal.backward(dZ: dZ)
            try real.backward(dZ: dZ)
            #expect(real.shares.label == ideal.shares.label && real.shares.features == ideal.shares.features)
        }
        #expect(ideal.isFinished && real.isFinished)
    }

    // MARK: - What crosses the links

    /// Of 2^20 columns 40 are listed: nothing on any link has more rows, and no size depends on which ones.
    @Test func sizesFollowTheListAlone() throws {
        func run(columns all: Int, list: [Int]) throws -> [[Int]] {
            let (label, feature) = (try Party("label"), try Party("feature"))
            let parameters = try MatMulParameters(
                label: .init(label, columns: 1), features: [.init(feature, columns: all)], width: 1, keyBits: 2048,
                attempt: 0, listed: [feature: 40])
            let key = IdealKey(keyBits: 2048)
            let federation = try MatMulFederation(
                parameters, runs: [.init(.train, rows: 3), .init(.evaluate, rows: 3)],
                keys: [label: key, feature: key], bounds: MatMulInitialBounds(featureWeights: 1 << 19, labelWeights: 0),
                optimiser: optimiser("1"), source: { RecordedRandomSource(seed: seed) })
            try federation.start()
            let batch = SparseMatrix<Int64>(
                columns: all, rows: [[.init(list[7], 1 << 20)], [], [.init(list[0], 5), .init(list[39], -1 << 21)]])
            let own = SparseMatrix<Int64>(columns: 1, rows: [[], [], []])
            for phase in [LayerPhase.train, .evaluate] {
                let weights = federation.weights[0]
                let z = try federation.forward(label: own, features: [batch], in: phase, listing: [feature: list])
                #expect(z == batch &* weights)
                if phase == .train { try federation.backward(dZ: Matrix(rows: 3, columns: 1, repeating: 1 << 20)) }
            }
            #expect(federation.isFinished)
            let routes = [Route(sender: feature, receiver: label), Route(sender: label, receiver: feature)]
            return routes.flatMap { federation.sent[$0] ?? [] }.map { $0.header.shape + [$0.payload.count] }
        }
        let large = try run(columns: 1 << 20, list: (0..<40).map { $0 * 26_000 + 17 })
        #expect(try run(columns: 40, list: Array(0..<40)) == large)
        #expect(large.allSatisfy { $0[0] <= 40 })
    }

    // MARK: - Refusals

    @Test func parametersMustListEveryPartyOrNone() throws {
        for listed in [[10, 1], [0, 6], [9]] {
            #expect(throws: SourceLayerError.self) { try parameters(listed: listed) }
        }
        _ = try parameters(listed: [9, 1])
    }

    @Test func ownListsMustBeThoseThatTheRoundNeeds() throws {
        let listed = try federation(parameters(listed: [4, 3])) { _ in IdealKey(keyBits: 2048) }
        try listed.start()
        var batch = try random(2, 9, "x")
        for row in 0..<2 { for column in [0, 2, 4, 5, 6, 8] { batch[row, column] = 0 } }
        func refuses(_ list: [Int]?, _ problem: String) {
            var role = listed.features[0].role
            #expect(throws: SourceLayerError.invalidListing(problem)) {
                try role.forward(rows: batch, in: .train, listing: list)
            }
        }
        refuses(nil, "none is given")
        refuses([1, 3, 7], "3 rows, not 4")
        refuses([1, 3, 7, 8, 8], "5 rows, not 4")
        for list in [[1, 3, 8, 7], [1, 3, 7, 7], [1, 3, 7, 9], [-1, 1, 3, 7]] {
            refuses(list, "rows that do not ascend within 0 to 8")
        }
        refuses([0, 1, 3, 8], "the batch needs a row that it lacks")
        var role = listed.features[0].role
        _ = try role.forward(rows: batch, in: .train, listing: [1, 3, 4, 7])

        let dense = try federation(parameters(listed: nil)) { _ in IdealKey(keyBits: 2048) }
        try dense.start()
        var other = dense.features[0].role
        #expect(throws: SourceLayerError.invalidListing("this layer has none")) {
            try other.forward(rows: batch, in: .train, listing: Array(0..<9))
        }
    }

    /// What a feature party lists must be a list, whoever made it.
    @Test(arguments: [[3, 1, 4, 7], [1, 3, 7, 7], [1, 3, 7, 9], [1, 3, 7, 1 << 31]])
    func listsOfPartnersAreChecked(rows: [Int]) throws {
        let federation = try federation(parameters(listed: [4, 3])) { _ in IdealKey(keyBits: 2048) }
        try federation.start()
        var (label, feature) = (federation.label.role, federation.features[0].role)
        _ = try label.forward(rows: random(4, 3, "x"), in: .train)
        let list = try frame(
            feature.forward(rows: SparseMatrix(columns: 9, rows: [[], [], [], []]), in: .train, listing: [1, 3, 7, 8]))
        #expect(list.header.kind == .rowList && list.payload == [0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 7, 0, 0, 0, 8])
        var writer = CanonicalWriter()
        for row in rows { writer.integer(UInt32(row)) }
        let changed = Frame(header: list.header, payload: writer.bytes)
        var copy = label
        let violation = #expect(throws: ProtocolViolation.self) { try copy.receive(changed, from: try party(0)) }
        #expect(violation?.expected == "4 ascending rows of 9" && violation?.found == "another list")
        copy = label
        let short = Frame(header: list.header, payload: list.payload.dropLast())
        #expect(throws: ProtocolViolation.self) { try copy.receive(short, from: try party(0)) }
        _ = try label.receive(list, from: try party(0))
    }
}
