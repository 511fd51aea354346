import Arithmetic
import Cryptography
import IdealCipher
import LayerTesting
import MatMul
import Paillier
import Shares
import SourceLayers
import Specification
import Testing

/// Rows of which few elements are stored, and numbers that are opened together with Z.
@Suite struct OpeningTests {
    private let seed = Array("opening".utf8)
    private let columns = [6, 3, 1]

    private func federation<Key>(
        decay: String = "0", keyBits: Int = 2048, key: (Party) -> Key
    ) throws -> MatMulFederation<Key> {
        let parameters = try MatMulParameters(
            label: .init(Party("label"), columns: 4),
            features: columns.enumerated().map { .init(try Party("feature-\($0)"), columns: $1) }, width: 2,
            keyBits: keyBits, attempt: 0)
        let members = [parameters.label.party] + parameters.features.map(\.party)
        return try MatMulFederation(
            parameters, runs: [.init(.train, rows: 5, count: 2), .init(.evaluate, rows: 5)],
            keys: Dictionary(uniqueKeysWithValues: members.map { ($0, key($0)) }),
            bounds: MatMulInitialBounds(standardDeviation: 0.25, featureParties: columns.count),
            optimiser: optimiser("0.5", momentum: "0.5", decay: decay), source: { RecordedRandomSource(seed: seed) })
    }

    private func random(_ rows: Int, _ columns: Int, _ name: String) throws -> Matrix<Int64> {
        try RecordedRandomSource(seed: seed).stream(name).initialShares(rows: rows, columns: columns, bound: 1 << 20)
    }

    /// Random rows of which about one element in three is there; of the others every second one is stored as zero.
    private func sparse(_ columns: Int, _ name: String) throws -> SparseMatrix<Int64> {
        let values = try random(5, columns, name)
        let rows = (0..<5).map { row in
            (0..<columns).compactMap { column -> SparseMatrix<Int64>.Place? in
                let value = values[row, column]
                switch value & 7 {
                case 0...2: return .init(column, value)
                case 3...5: return .init(column, 0)
                default: return nil
                }
            }
        }
        return SparseMatrix(columns: columns, rows: rows)
    }

    private func dense(_ sparse: SparseMatrix<Int64>) -> Matrix<Int64> {
        var matrix = Matrix<Int64>(rows: sparse.rows, columns: sparse.columns, repeating: 0)
        for row in 0..<sparse.rows { for place in sparse.row(row) { matrix[row, place.column] = place.value } }
        return matrix
    }

    // MARK: - Sparse rows

    /// What is stored and what is not changes no byte.
    @Test func sparseRowsAreDenseOnes() throws {
        let stored = try federation(keyBits: 1024) { Keys.recorded(bits: 1024, $0) }
        let full = try federation(keyBits: 1024) { Keys.recorded(bits: 1024, $0) }
        try stored.start()
        try full.start()
        for round in 0..<3 {
            let phase: LayerPhase = round < 2 ? .train : .evaluate
            let rows = try columns.enumerated().map { try sparse($1, "\(round) \($0)") }
            let own = try sparse(4, "\(round) label")
            #expect(rows[0].storedCount < 30)
            let z = try stored.forward(label: own, features: rows, in: phase)
            #expect(try full.forward(label: dense(own), features: rows.map(dense), in: phase) == z)
            guard phase == .train else { continue }
            let dZ = try random(5, 2, "dZ \(round)")
            try stored.backward(dZ: dZ)
            try full.backward(dZ: dZ)
        }
        #expect(stored.isFinished && full.isFinished)
        #expect(stored.sent == full.sent)
        #expect(stored.shares.features == full.shares.features && stored.shares.label == full.shares.label)
    }

    @Test func sparseRowsMustHaveTheirShapeAndRange() throws {
        let federation = try federation { _ in IdealKey(keyBits: 2048) }
        try federation.start()
        var (label, feature) = (federation.label.role, federation.features[0].role)
        for batch in [SparseMatrix<Int64>(columns: 5, rows: [[]]), SparseMatrix(columns: 6, rows: [])] {
            #expect(throws: SharesError.self) { try feature.forward(rows: batch, in: .train) }
        }
        let large = SparseMatrix<Int64>(columns: 4, rows: [[], [.init(3, -1 << 23)]])
        #expect(throws: SharesError.outOfRange(limitBits: 23)) { try label.forward(rows: large, in: .train) }
        // A row with nothing in it is a row.
        _ = try label.forward(rows: SparseMatrix(columns: 4, rows: [[], [.init(3, 1 - 1 << 23)]]), in: .train)
    }

    // MARK: - Opened together

    /// Whoever adds something, the sum is opened, and nothing but what is opened changes.
    @Test(arguments: [[], ["label"], ["feature-1"], ["label", "feature-0", "feature-2"]])
    func whatIsAddedIsOpenedWithZ(adding: [String]) throws {
        let plain = try federation { _ in IdealKey(keyBits: 2048) }
        let joined = try federation { _ in IdealKey(keyBits: 2048) }
        try plain.start()
        try joined.start()
        for round in 0..<3 {
            let phase: LayerPhase = round < 2 ? .train : .evaluate
            let rows = try (columns + [4]).enumerated().map { try random(5, $1, "\(round) \($0)") }
            // Shares fill the ring.
            let parts = try adding.map { name in
                (
                    try Party(name),
                    try RecordedRandomSource(seed: seed).stream("\(name) \(round)").ringElements(
                        rows: 5, columns: 2, of: Int64.self)
                )
            }
            let z = try plain.forward(label: rows[3], features: rows.dropLast(), in: phase)
            let sum = try joined.forward(
                label: rows[3], features: rows.dropLast(), in: phase,
                adding: Dictionary(uniqueKeysWithValues: parts))
            #expect(sum == parts.reduce(z) { $0 &+ $1.1 })
            #expect((sum == z) == parts.isEmpty)
            guard phase == .train else { continue }
            let dZ = try random(5, 2, "dZ \(round)")
            try plain.backward(dZ: dZ)
            try joined.backward(dZ: dZ)
        }
        #expect(plain.isFinished && joined.isFinished)
        #expect(joined.shares.features == plain.shares.features && joined.shares.label == plain.shares.label)
    }

    @Test func whatIsAddedMustHaveTheShapeOfZ() throws {
        let federation = try federation { _ in IdealKey(keyBits: 2048) }
        try federation.start()
        var (label, feature) = (federation.label.role, federation.features[0].role)
        for (rows, columns) in [(4, 2), (5, 1)] {
            let error = SharesError.shape(expected: [5, 2], found: [rows, columns])
            let added = Matrix<Int64>(rows: rows, columns: columns, repeating: 1)
            #expect(throws: error) { try label.forward(rows: random(5, 4, "x"), in: .train, adding: added) }
            #expect(throws: error) { try feature.forward(rows: random(5, 6, "x"), in: .train, adding: added) }
        }
    }

    /// Alpha multiplies what is opened: it would shrink what is none of this layer's.
    @Test func nothingIsAddedWhereWeightsDecay() throws {
        let federation = try federation(decay: "0.125") { _ in IdealKey(keyBits: 2048) }
        try federation.start()
        var (label, feature) = (federation.label.role, federation.features[0].role)
        let added = Matrix<Int64>(rows: 5, columns: 2, repeating: 1)
        let error = SourceLayerError.invalidParameters("weight decay would shrink what is opened together with Z")
        #expect(throws: error) { try label.forward(rows: random(5, 4, "x"), in: .train, adding: added) }
        #expect(throws: error) { try feature.forward(rows: random(5, 6, "x"), in: .train, adding: added) }
        _ = try label.forward(rows: random(5, 4, "x"), in: .train)
        _ = try feature.forward(rows: random(5, 6, "x"), in: .train)
    }
}
