import Arithmetic
import Cryptography
import IdealCipher
import LayerTesting
import LocalUpdates
import MatMul
import Shares
import SourceLayers
import Specification
import Testing

/// Every frame of weights says how many updates these have had, and shares of two moments do not meet.
@Suite struct VersionTests {
    private let label: Party
    private let parties: [Party]
    private let key = IdealKey(keyBits: 2048)
    private let bounds = MatMulInitialBounds(featureWeights: 1 << 19, labelWeights: 1 << 19)

    init() throws {
        label = try Party("label")
        parties = [try Party("feature-0"), try Party("feature-1")]
    }

    private func parameters(
        features: Int = 1, version: Int, isListed: Bool = false, replay: ReusePlan = .none
    ) throws -> MatMulParameters {
        let features = parties.prefix(features)
        return try MatMulParameters(
            label: .init(label, columns: 2), features: features.map { .init($0, columns: 3) }, width: 2, keyBits: 2048,
            attempt: 0, listed: isListed ? Dictionary(uniqueKeysWithValues: features.map { ($0, 3) }) : nil,
            replay: replay, weightVersion: version)
    }

    private func shares(
        _ parameters: MatMulParameters, version: Int
    ) throws -> (label: MatMulLabelShares, features: [MatMulFeatureShares]) {
        let (random, optimiser) = (RecordedRandomSource(seed: [1]), try optimiser("0.1"))
        var label = try MatMulLabelShares(parameters, bounds: bounds, optimiser: optimiser, random: random)
        #expect(label.version == 0)
        label.version = version
        return (
            label,
            try parameters.features.map { feature in
                var shares = try MatMulFeatureShares(
                    of: feature.party, parameters, bounds: bounds, optimiser: optimiser, random: random)
                #expect(shares.version == 0)
                shares.version = version
                return shares
            }
        )
    }

    private func batch(_ rows: Int, _ columns: Int) -> Matrix<Int64> {
        Matrix(rows: rows, columns: columns, elements: (0..<rows * columns).map { Int64($0 % 5) << 18 })
    }

    // MARK: - In frames

    @Test(arguments: [false, true], [ReusePlan.none, ReusePlan(workset: 2, reuse: 3)])
    func framesCarryTheVersionOfTheirRound(isListed: Bool, replay: ReusePlan) throws {
        let runs: [LayerRun] = [
            .init(.evaluate, rows: 2), .init(.train, rows: 4, count: 2), .init(.evaluate, rows: 3, count: 2),
            .init(.train, rows: 2),
        ]
        let parameters = try parameters(features: 2, version: 7, isListed: isListed, replay: replay)
        let plan = try parameters.plan(runs)
        #expect(plan.dimensions["weight-version"] == 7)
        let federation = try MatMulFederation(
            parameters, runs: runs, keys: Dictionary(uniqueKeysWithValues: ([label] + parties).map { ($0, key) }),
            bounds: bounds, optimiser: optimiser("0.1"), shares: shares(parameters, version: 7),
            source: { RecordedRandomSource(seed: [1]) })
        try federation.start()
        let lists = isListed ? Dictionary(uniqueKeysWithValues: parties.map { ($0, [0, 1, 2]) }) : [:]
        for run in runs {
            for _ in 0..<run.count {
                let rows = batch(run.rows, 3)
                _ = try federation.forward(
                    label: batch(run.rows, 2), features: [rows, rows], in: run.phase, listing: lists)
                if run.phase == .train { try federation.backward(dZ: batch(run.rows, 2)) }
            }
        }
        #expect(federation.isFinished)
        let frames = federation.sent.values.joined()
        #expect(misversioned(frames, runs: runs, from: 7, refreshes: ["B4"], lists: ["L1"]) == [])
        #expect(Set(frames.map(\.header.weightVersion)) == (isListed ? [7, 8, 9, nil] : [7, 8, 9, 10]))
        #expect(federation.shares.label.version == 10)
        #expect(federation.shares.features.map(\.version) == [10, 10])
    }

    // MARK: - Shares of two moments

    private func labelParty(_ parameters: MatMulParameters, version: Int) throws -> MatMulLabelParty<IdealKey> {
        try MatMulLabelParty(
            parameters, key: key, featureKeys: [parties[0]: key.cipher],
            shares: shares(parameters, version: version).label, random: RecordedRandomSource(seed: [2]))
    }

    private func featureParty(_ parameters: MatMulParameters, version: Int) throws -> MatMulFeatureParty<IdealKey> {
        try MatMulFeatureParty(
            parties[0], parameters, key: key, labelKey: key.cipher,
            shares: shares(parameters, version: version).features[0], random: RecordedRandomSource(seed: [3]),
            pairRandom: [:])
    }

    @Test func ownSharesMustBeOfTheVersionAgreedOn() throws {
        let agreed = try parameters(version: 7)
        for version in [0, 6, 8] {
            #expect(throws: SourceLayerError.weightVersion(of: label, expected: 7, found: version)) {
                try labelParty(agreed, version: version)
            }
            #expect(throws: SourceLayerError.weightVersion(of: parties[0], expected: 7, found: version)) {
                try featureParty(agreed, version: version)
            }
        }
        #expect(throws: SourceLayerError.self) { try parameters(version: -1) }
    }

    /// Where every party has agreed on its own version alone, the setup tells.
    @Test func partiesOfTwoVersionsCannotSetUp() throws {
        var labelRole = try labelParty(parameters(version: 7), version: 7)
        var featureRole = try featureParty(parameters(version: 9), version: 9)
        let (ofLabel, ofFeature) = (try frame(labelRole.start()), try frame(featureRole.start()))
        let atLabel = #expect(throws: ProtocolViolation.self) { try labelRole.receive(ofFeature, from: parties[0]) }
        #expect(atLabel?.party == parties[0])
        #expect(atLabel?.expected == "I4 of feature-0 with the sizes agreed on, of weights after 7 updates")
        #expect(atLabel?.found == "I4, shape [2, 2], of weights after 9 updates")
        let atFeature = #expect(throws: ProtocolViolation.self) { try featureRole.receive(ofLabel, from: label) }
        #expect(atFeature?.expected == "I3 of label with the sizes agreed on, of weights after 9 updates")
        #expect(atFeature?.found == "I3, shape [3, 2], of weights after 7 updates")
    }

    /// A whole training round in which any frame on its way gets another version: its receiver takes it with its own alone.
    @Test(arguments: [false, true])
    func framesOfAnotherVersionAreRefused(isListed: Bool) throws {
        let parameters = try parameters(version: 7, isListed: isListed)
        var labelRole = try labelParty(parameters, version: 7)
        var featureRole = try featureParty(parameters, version: 7)
        var (toLabel, toFeature) = (frames(try featureRole.start()), frames(try labelRole.start()))
        var taken: Set<String> = []

        func take<R: Role>(_ frame: Frame, at role: inout R, from peer: Party) throws -> [Action<R.Output>] {
            taken.insert(frame.header.step)
            if let version = frame.header.weightVersion {
                for other in [version - 1, version + 1, nil] {
                    var (changed, copy) = (frame, role)
                    changed.header.weightVersion = other
                    let violation = #expect(throws: ProtocolViolation.self) { try copy.receive(changed, from: peer) }
                    #expect(violation?.party == peer && violation?.step == frame.header.step)
                }
            }
            return try role.receive(frame, from: peer)
        }
        func settle() throws {
            while true {
                if labelRole.awaiting != nil, !toLabel.isEmpty {
                    toFeature += frames(try take(toLabel.removeFirst(), at: &labelRole, from: parties[0]))
                } else if featureRole.awaiting != nil, !toFeature.isEmpty {
                    toLabel += frames(try take(toFeature.removeFirst(), at: &featureRole, from: label))
                } else {
                    return
                }
            }
        }
        try settle()
        toFeature += frames(try labelRole.forward(rows: batch(4, 2), in: .train))
        toLabel += frames(
            try featureRole.forward(rows: batch(4, 3), in: .train, listing: isListed ? [0, 1, 2] : nil))
        try settle()
        toFeature += frames(try labelRole.backward(dZ: batch(4, 2)))
        try settle()
        let absent: Set = isListed ? ["I3", "B4"] : ["L1", "L2"]
        #expect(taken == Set(MatMulProtocol.specification.messages.keys).subtracting(absent))
        #expect(labelRole.shares.version == 8 && featureRole.shares.version == 8)
    }
}
