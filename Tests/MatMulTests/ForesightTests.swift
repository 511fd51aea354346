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

/// Rounds that are foreseen: their randomness is drawn and made before they begin.
@Suite struct ForesightTests {
    private let seed = Array("foresight".utf8)
    private let runs: [LayerRun] = [
        .init(.train, rows: 5), .init(.train, rows: 5), .init(.train, rows: 3), .init(.evaluate, rows: 9),
        .init(.evaluate, rows: 2), .init(.train, rows: 20), .init(.evaluate, rows: 1),
    ]

    private func federation<Key>(keyBits: Int, key: (Party) -> Key) throws -> MatMulFederation<Key> {
        let parameters = try MatMulParameters(
            label: .init(Party("label"), columns: 2),
            features: [.init(Party("feature-0"), columns: 3), .init(Party("feature-1"), columns: 1)], width: 2,
            keyBits: keyBits, attempt: 0)
        let members = [parameters.label.party] + parameters.features.map(\.party)
        return try MatMulFederation(
            parameters, runs: runs, keys: Dictionary(uniqueKeysWithValues: members.map { ($0, key($0)) }),
            bounds: MatMulInitialBounds(standardDeviation: 0.25, featureParties: 2),
            optimiser: optimiser("0.5", momentum: "0.9"), source: { RecordedRandomSource(seed: seed) })
    }

    private func random(_ rows: Int, _ columns: Int, _ name: String) throws -> Matrix<Int64> {
        try RecordedRandomSource(seed: seed).stream(name).initialShares(rows: rows, columns: columns, bound: 1 << 20)
    }

    /// All rounds; what was sent, link by link.
    private func play<Key>(_ federation: MatMulFederation<Key>, foreseeing: Bool) throws -> [Route: [[UInt8]]] {
        try federation.start()
        if foreseeing { try federation.foresee(runs[0]) }
        for (index, run) in runs.enumerated() {
            let next = foreseeing && index + 1 < runs.count ? runs[index + 1] : nil
            _ = try federation.forward(
                label: random(run.rows, 2, "label \(index)"),
                features: [random(run.rows, 3, "first \(index)"), random(run.rows, 1, "second \(index)")],
                in: run.phase, next: next)
            if run.phase == .train { try federation.backward(dZ: random(run.rows, 2, "dZ \(index)")) }
        }
        #expect(federation.isFinished)
        return federation.sent.mapValues { $0.map(\.encoded) }
    }

    @Test func foresightChangesNoByte() throws {
        let key = { (party: Party) in Keys.recorded(bits: 1024, party) }
        let plain = try play(federation(keyBits: 1024, key: key), foreseeing: false)
        let foreseen = try play(federation(keyBits: 1024, key: key), foreseeing: true)
        #expect(plain.count == 4)
        #expect(foreseen == plain)
    }

    /// What is drawn for other sizes may be too narrow; and under the same name nothing is drawn again.
    @Test(arguments: [LayerRun(.train, rows: 6), .init(.train, rows: 4), .init(.evaluate, rows: 5)])
    func anotherRoundThanForeseenIsRefused(foreseen: LayerRun) throws {
        let federation = try federation(keyBits: 1024) { Keys.recorded(bits: 1024, $0) }
        try federation.start()
        try federation.foresee(foreseen)
        let error = SourceLayerError.outOfTurn(event: "forward to train with 5 rows")
        var label = federation.label.role
        #expect(throws: error) { try label.forward(rows: random(5, 2, "label"), in: .train) }
        var feature = federation.features[0].role
        #expect(throws: error) { try feature.forward(rows: random(5, 3, "first"), in: .train) }
        // Not even after a second thought.
        #expect(throws: RandomError.self) { try label.foresee(.train, rows: 5) }
        #expect(throws: RandomError.self) { try feature.foresee(.train, rows: 5) }
    }

    /// In the middle of a run, where noise of the round under way is there, too.
    @Test func foresightHoldsForTheNextRoundAlone() throws {
        let federation = try federation(keyBits: 2048) { _ in IdealKey(keyBits: 2048) }
        try federation.start()
        let rows = try (label: random(5, 2, "label"), features: [random(5, 3, "first"), random(5, 1, "second")])
        _ = try federation.forward(
            label: rows.label, features: rows.features, in: .train, next: .init(.train, rows: 4))
        try federation.backward(dZ: random(5, 2, "dZ"))
        #expect(throws: SourceLayerError.outOfTurn(event: "forward to train with 5 rows")) {
            try federation.forward(label: rows.label, features: rows.features, in: .train)
        }
    }
}
