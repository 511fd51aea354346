import Arithmetic
import Cryptography
import EmbedMatMul
import IdealCipher
import LayerTesting
import Paillier
import ProtocolTesting
import Shares
import SourceLayers
import Specification
import Testing

/// Rounds in which listed rows of tables travel, and no others.
@Suite struct ListedTests {
    private let seed = Array("listed".utf8)
    private let width = 2
    /// Sizes of the fields of two feature parties; the second one is the partner.
    private let features = [[7, 4], [9]]
    private let runs: [LayerRun] = [
        .init(.train, rows: 4, count: 3), .init(.evaluate, rows: 3, count: 2), .init(.train, rows: 2),
    ]

    /// - Parameter listed: Of the feature parties, and of the label party if it has fields.
    private func parameters(label fields: [Int], listed: [Int]?, keyBits: Int = 2048) throws -> EmbedMatMulParameters {
        func member(_ name: String, _ sizes: [Int]) throws -> EmbedMatMulParameters.Member {
            .init(try Party(name), fields: sizes.count, tableRows: sizes.reduce(0, +))
        }
        let label = try member("label", fields)
        let features = try features.enumerated().map { try member("feature-\($0)", $1) }
        let owners = (features + [label]).map(\.party)
        return try EmbedMatMulParameters(
            label: label, features: features, partner: fields.isEmpty ? nil : features[1].party, dimension: 3,
            width: width, keyBits: keyBits, attempt: 0,
            listed: listed.map { Dictionary(uniqueKeysWithValues: zip(owners, $0)) })
    }

    private func federation<Key>(
        _ parameters: EmbedMatMulParameters, runs: [LayerRun]? = nil, momentum: String = "0.5", key: (Party) -> Key
    ) throws -> EmbedMatMulFederation<Key> {
        try EmbedMatMulFederation(
            parameters, runs: runs ?? self.runs,
            keys: Dictionary(uniqueKeysWithValues: parameters.members.map { ($0.party, key($0.party)) }),
            bounds: EmbedMatMulInitialBounds(tableDeviation: 0.5, weightDeviation: 0.5),
            optimiser: optimiser("0.25", momentum: momentum), source: { RecordedRandomSource(seed: seed) })
    }

    private func targets(_ rows: Int, _ name: String) throws -> Matrix<Int64> {
        try RecordedRandomSource(seed: seed).stream(name).initialShares(rows: rows, columns: width, bound: 1 << 20)
    }

    /// Random lookups, among every second category of each field and others in the next batch, so that lists can be short.
    private func lookups(_ rows: Int, _ sizes: [Int], _ name: String) throws -> Matrix<Int> {
        let bytes = try RecordedRandomSource(seed: seed).stream(name).bytes(rows * sizes.count + 1)
        return Matrix(
            rows: rows, columns: sizes.count,
            elements: bytes.dropLast().enumerated().map { place, byte in
                let field = place % sizes.count
                let first = Int(bytes[bytes.count - 1] & 1)
                return sizes[..<field].reduce(first + Int(byte) % ((sizes[field] - first + 1) / 2) * 2, +)
            })
    }

    /// A list of each party with fields, the feature parties first.
    private func lists(
        _ parameters: EmbedMatMulParameters, _ lookups: [Matrix<Int>], _ name: String
    ) throws -> [Party: [Int]] {
        var lists: [Party: [Int]] = [:]
        for (member, rows) in zip(parameters.features + [parameters.label], lookups) where member.fields > 0 {
            lists[member.party] = try RowList.covering(
                Set(rows.elements), count: parameters.listed?[member.party] ?? 0, of: member.tableRows,
                decoysFrom: RecordedRandomSource(seed: seed).stream("\(name) \(member.party)"))
        }
        return lists
    }

    private func eachRound(_ body: (_ round: Int, _ run: LayerRun) throws -> Void) rethrows {
        let rounds = runs.flatMap { Array(repeating: LayerRun($0.phase, rows: $0.rows), count: $0.count) }
        for (index, run) in rounds.enumerated() { try body(index, run) }
    }

    // MARK: - What is computed

    /// A list of all rows changes nothing but which messages bring rows of tables: every share and every opened number is the same.
    @Test(arguments: [[], [5, 3]])
    func allRowsListedAreAllRows(label: [Int]) throws {
        let sizes = features + [label]
        let all = sizes.map { $0.reduce(0, +) }.filter { $0 > 0 }
        let dense = try federation(parameters(label: label, listed: nil)) { _ in IdealKey(keyBits: 2048) }
        let listed = try federation(parameters(label: label, listed: all)) { _ in IdealKey(keyBits: 2048) }
        try dense.start()
        try listed.start()
        try eachRound { index, run in
            let rows = try sizes.enumerated().map { try lookups(run.rows, $1, "x \(index) \($0)") }
            let lists = try lists(listed.parameters, rows, "list \(index)")
            if index.isMultiple(of: 2) { try listed.foresee(run.phase, rows: run.rows) }
            let z = try dense.forward(label: rows[2], features: rows.dropLast(), in: run.phase)
            #expect(
                try listed.forward(label: rows[2], features: rows.dropLast(), in: run.phase, listing: lists) == z)
            guard run.phase == .train else { return }
            let dZ = derivative(z, try targets(run.rows, "y \(index)"))
            try dense.backward(dZ: dZ)
            try listed.backward(dZ: dZ)
            #expect(listed.shares.label == dense.shares.label)
            #expect(listed.shares.features == dense.shares.features)
        }
        #expect(dense.isFinished && listed.isFinished)
        #expect(listed.roundsFinished == [6, 6, 6])
        #expect(listed.label.role.budget == dense.label.role.budget)
    }

    /// Only listed rows of tables move, decoys among them, with the momentum that they have; weights always do.
    @Test(arguments: [([5, 3], "0"), ([5, 3], "0.5"), ([], "0.5")])
    func fiftyStepsArePlainSparseSGD(label: [Int], momentum: String) throws {
        let (sizes, rate, steps) = (features + [label], 0.25, 50)
        let parameters = try parameters(label: label, listed: label.isEmpty ? [7, 6] : [7, 6, 5])
        let federation = try federation(
            parameters, runs: [.init(.train, rows: 8, count: steps)], momentum: momentum
        ) { _ in IdealKey(keyBits: 2048) }
        let mu = try #require(Double(momentum))
        var plain = federation.models.map(PlainEmbedding.init)
        let owners = (parameters.features + [parameters.label]).prefix(plain.count).map(\.party)
        try federation.start()
        for step in 0..<steps {
            let rows = try sizes.enumerated().map { try lookups(8, $1, "x \(step) \($0)") }
            let lists = try lists(parameters, rows, "list \(step)")
            let targets = try targets(8, "y \(step)")
            let z = try federation.forward(label: rows[2], features: rows.dropLast(), in: .train, listing: lists)
            try federation.backward(dZ: derivative(z, targets))

            var exact = Matrix<Double>(rows: 8, columns: width, repeating: 0)
            for (party, rows) in zip(plain, rows) { exact = exact + party.output(rows) }
            #expect(z.map { FixedPoint.decode(Int64($0), fractionBits: 40) }.distance(to: exact) < 1e-3)
            let dZ = exact + targets.map { -FixedPoint.decode($0) }
            for party in plain.indices {
                plain[party].step(rows[party], dZ: dZ, rate: rate, momentum: mu, listed: lists[owners[party]])
            }
        }
        for (model, exact) in zip(federation.models, plain) {
            #expect(model.table.map { FixedPoint.decode(Int64($0)) }.distance(to: exact.table) < 1e-4)
            #expect(model.weights.map { FixedPoint.decode(Int64($0)) }.distance(to: exact.weights) < 1e-4)
        }
        #expect(federation.isFinished)
    }

    @Test(arguments: [[], [5, 3]])
    func realAndIdealRunsAreEqual(label: [Int]) throws {
        let sizes = features + [label]
        let parameters = try parameters(label: label, listed: label.isEmpty ? [7, 6] : [7, 6, 5], keyBits: 1024)
        let ideal = try federation(parameters) { _ in IdealKey(keyBits: 1024) }
        let real = try federation(parameters) { Keys.recorded(bits: 1024, $0) }
        try ideal.start()
        try real.start()
        try eachRound { index, run in
            let rows = try sizes.enumerated().map { try lookups(run.rows, $1, "x \(index) \($0)") }
            let lists = try lists(parameters, rows, "list \(index)")
            if index != 1 { try real.foresee(run.phase, rows: run.rows) }
            let z = try ideal.forward(label: rows[2], features: rows.dropLast(), in: run.phase, listing: lists)
            #expect(
                try real.forward(label: rows[2], features: rows.dropLast(), in: run.phase, listing: lists) == z)
            guard run.phase == .train else { return }
            let dZ = derivative(z, try targets(run.rows, "y \(index)"))
            try ideal.backward(dZ: dZ)
            try real.backward(dZ: dZ)
            #expect(real.shares.label == ideal.shares.label && real.shares.features == ideal.shares.features)
        }
        #expect(ideal.isFinished && real.isFinished)
    }

    // MARK: - A large table

    private struct LargeRun {
        /// Shapes and bytes of all frames.
        var sizes: [[Int]] = []
        var masked = 0
        /// Where the shares of the tables lie in memory, before the first round and after the last.
        var places: [[UInt]] = []
        /// Rows of the feature party's table that are not what they were, and rows with a velocity at either side.
        var moved: [Int] = []
        var velocities: [Set<Int>] = []
    }

    /// One feature party with a table of so many rows of 8 numbers and two fields, the label party with 1000: three rounds of training
    /// and one of evaluation, checked against plain sparse training on the rows that they touch.
    private func runLarge(tableRows: Int, lookups all: [[Int]], lists: [[Int]]) throws -> LargeRun {
        let (label, feature) = (try Party("label"), try Party("feature"))
        let parameters = try EmbedMatMulParameters(
            label: .init(label, fields: 1, tableRows: 1000),
            features: [.init(feature, fields: 2, tableRows: tableRows)],
            partner: feature, dimension: 8, width: 1, keyBits: 2048, attempt: 0, listed: [feature: 12, label: 5])
        let key = IdealKey(keyBits: 2048)
        func make() throws -> EmbedMatMulFederation<IdealKey> {
            try EmbedMatMulFederation(
                parameters, runs: [.init(.train, rows: 4, count: 3), .init(.evaluate, rows: 4)],
                keys: [label: key, feature: key],
                bounds: EmbedMatMulInitialBounds(tableDeviation: 0.5, weightDeviation: 0.5),
                optimiser: optimiser("0.25", momentum: "0.5"), source: { RecordedRandomSource(seed: seed) })
        }
        let federation = try make()
        var run = LargeRun()
        func place(_ matrix: Matrix<Int128>) -> UInt {
            matrix.elements.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
        }
        func notePlaces() {
            let (own, other) = (
                federation.features[0].role.shares.own.table, federation.label.role.shares.features[0].table
            )
            let ofLabel = (federation.label.role.shares.own?.table, federation.labelPart?.table)
            run.places.append(
                [own, other].map { place($0.value) } + [ofLabel.0, ofLabel.1].map { $0.map { place($0.value) } ?? 0 })
        }
        /// The rows that any round touches, as a small table of their own.
        let touched = Array(Set(all.joined())).sorted()
        func small(_ rows: [Int]) -> [Int] { rows.compactMap(touched.firstIndex) }
        func touchedRows() -> Matrix<Double> {
            let (own, other) = (
                federation.features[0].role.shares.own.table, federation.label.role.shares.features[0].table
            )
            return Matrix(
                rows: touched.count, columns: 8,
                elements: touched.flatMap { row in
                    zip(own.value.row(row), other.value.row(row)).map { FixedPoint.decode(Int64($0 &+ $1)) }
                })
        }
        var plain = PlainEmbedding(
            table: touchedRows(), weights: federation.models[0].weights.map { FixedPoint.decode(Int64($0)) })
        var plainLabel = PlainEmbedding(federation.models[1])
        let labelList = [2, 10, 500, 998, 999]
        let own = Matrix(rows: 4, columns: 1, elements: [2, 10, 2, 999])

        notePlaces()
        try federation.start()
        for round in 0..<4 {
            let rows = Matrix(rows: 4, columns: 2, elements: all[round])
            let phase: LayerPhase = round < 3 ? .train : .evaluate
            let z = try federation.forward(
                label: own, features: [rows], in: phase, listing: [feature: lists[round], label: labelList])
            let smallRows = Matrix(rows: 4, columns: 2, elements: small(all[round]))
            let exact = plain.output(smallRows) + plainLabel.output(own)
            #expect(z.map { FixedPoint.decode(Int64($0), fractionBits: 40) }.distance(to: exact) < 1e-3)
            guard phase == .train else { continue }
            let targets = try RecordedRandomSource(seed: seed).stream("y \(round)").initialShares(
                rows: 4, columns: 1, bound: 1 << 20)
            try federation.backward(dZ: derivative(z, targets))
            let dZ = exact + targets.map { -FixedPoint.decode($0) }
            plain.step(smallRows, dZ: dZ, rate: 0.25, momentum: 0.5, listed: small(lists[round]))
            plainLabel.step(own, dZ: dZ, rate: 0.25, momentum: 0.5, listed: labelList)
        }
        #expect(federation.isFinished)
        #expect(touchedRows().distance(to: plain.table) < 1e-4)
        notePlaces()
        let routes = [Route(sender: feature, receiver: label), Route(sender: label, receiver: feature)]
        run.sizes = routes.flatMap { federation.sent[$0] ?? [] }.map { $0.header.shape + [$0.payload.count] }
        run.masked = federation.label.role.budget.spent
        let shares = (federation.features[0].role.shares.own.table, federation.label.role.shares.features[0].table)
        run.velocities = [Set(shares.0.velocity.keys), Set(shares.1.velocity.keys)]
        // The same draws again give the tables as they were.
        let fresh = try make()
        let before = (fresh.features[0].role.shares.own.table.value, fresh.label.role.shares.features[0].table.value)
        run.moved = (0..<tableRows).filter {
            before.0.row($0) != shares.0.value.row($0) || before.1.row($0) != shares.1.value.row($0)
        }
        return run
    }

    /// With a million rows everything but the shares themselves is as large as with forty: what crosses the links, what is masked,
    /// the velocities; and the shares are changed where they lie, never copied.
    @Test func aMillionRowsCostNoMoreThanForty() throws {
        func rows(scale: Int) -> (lookups: [[Int]], lists: [[Int]]) {
            let lookups = [[0, 39, 3, 38, 0, 20, 9, 39], [0, 21, 3, 20, 1, 39, 0, 20], [2, 22, 3, 39, 3, 22, 0, 21]]
            let decoys = [
                [5, 6, 7, 30, 31, 32, 1], [5, 8, 10, 30, 33, 2], [5, 9, 10, 20, 34, 35, 38], [4, 6, 11, 33, 36, 37, 8],
            ]
            let all = lookups + [[0, 39, 3, 20, 2, 20, 0, 22]]
            let lists = zip(all, decoys).map { rows, decoys in
                Array((Array(Set(rows)).sorted() + decoys).prefix(12)).sorted().map { $0 * scale }
            }
            return (all.map { $0.map { $0 * scale } }, lists)
        }
        let few = rows(scale: 1)
        let small = try runLarge(tableRows: 40, lookups: few.lookups, lists: few.lists)
        let many = rows(scale: 25_641)
        let large = try runLarge(tableRows: 1_000_000, lookups: many.lookups, lists: many.lists)
        #expect(large.sizes == small.sizes)
        #expect(large.masked == small.masked)
        #expect(large.sizes.allSatisfy { $0[0] <= 16 })
        let trained = Set(many.lists.dropLast().joined())
        #expect(large.velocities == [trained, trained])
        #expect(large.moved == trained.sorted())
        #expect(large.places[0] == large.places[1] && Set(large.places[0]).count == 4)
    }

    // MARK: - Refusals

    @Test func parametersMustListEveryTableOrNone() throws {
        for listed in [[7, 6], [0, 6, 5], [12, 6, 5], [7, 6, 9]] {
            #expect(throws: SourceLayerError.self) { try parameters(label: [5, 3], listed: listed) }
        }
        #expect(throws: SourceLayerError.self) { try parameters(label: [], listed: [7, 6, 5]) }
        _ = try parameters(label: [5, 3], listed: [11, 1, 8])
        _ = try parameters(label: [], listed: [11, 1])
    }

    @Test func ownListsMustBeThoseThatTheRoundNeeds() throws {
        let listed = try federation(parameters(label: [5, 3], listed: [4, 3, 5])) { _ in IdealKey(keyBits: 2048) }
        try listed.start()
        let rows = Matrix(rows: 2, columns: 2, elements: [1, 8, 3, 8])
        func refuses(_ list: [Int]?, _ problem: String) {
            var role = listed.features[0].role
            #expect(throws: SourceLayerError.invalidListing(problem)) {
                try role.forward(lookups: rows, in: .train, listing: list)
            }
        }
        refuses(nil, "none is given")
        refuses([1, 3, 8], "3 rows, not 4")
        for list in [[1, 3, 8, 7], [1, 3, 8, 8], [1, 3, 8, 11], [-1, 1, 3, 8]] {
            refuses(list, "rows that do not ascend within 0 to 10")
        }
        refuses([0, 1, 3, 9], "the batch needs a row that it lacks")
        var role = listed.features[0].role
        _ = try role.forward(lookups: rows, in: .train, listing: [1, 3, 8, 10])

        let bare = try federation(parameters(label: [], listed: [4, 3])) { _ in IdealKey(keyBits: 2048) }
        try bare.start()
        var label = bare.label.role
        #expect(throws: SourceLayerError.invalidListing("this layer has none")) {
            try label.forward(lookups: Matrix(rows: 2, columns: 0, elements: []), in: .train, listing: [0])
        }
        _ = try label.forward(rows: 2, in: .train)
    }

    /// What a partner lists must be a list, whoever made it: at the label party (L1) and at the partner (L3).
    @Test(arguments: [[3, 1, 4], [1, 3, 3], [1, 3, 11], [1, 3, 1 << 31]])
    func listsOfPartnersAreChecked(rows: [Int]) throws {
        let federation = try federation(parameters(label: [5, 3], listed: [3, 3, 3])) { _ in IdealKey(keyBits: 2048) }
        try federation.start()
        let parties = try (label: Party("label"), first: Party("feature-0"))
        var (label, feature, partner) = (
            federation.label.role, federation.features[0].role, federation.features[1].role
        )
        let l3 = try frame(
            label.forward(lookups: Matrix(rows: 1, columns: 2, elements: [0, 5]), in: .train, listing: [0, 5, 7]))
        let l1 = try frame(
            feature.forward(lookups: Matrix(rows: 1, columns: 2, elements: [0, 8]), in: .train, listing: [0, 8, 10]))
        _ = try partner.forward(lookups: Matrix(rows: 1, columns: 1, elements: [4]), in: .train, listing: [3, 4, 8])
        #expect(l1.header.kind == .rowList && l1.payload == [0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 10])
        var writer = CanonicalWriter()
        for row in rows { writer.integer(UInt32(row)) }
        var copy = label
        #expect(throws: ProtocolViolation.self) {
            try copy.receive(Frame(header: l1.header, payload: writer.bytes), from: parties.first)
        }
        var other = partner
        #expect(throws: ProtocolViolation.self) {
            try other.receive(Frame(header: l3.header, payload: writer.bytes), from: parties.label)
        }
        #expect(try frames(label.receive(l1, from: parties.first)).map(\.header.step) == ["L2"])
        #expect(try frames(partner.receive(l3, from: parties.label)).map(\.header.step) == ["L4"])
    }
}
