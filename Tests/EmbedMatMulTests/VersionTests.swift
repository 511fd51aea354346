import Arithmetic
import Cryptography
import EmbedMatMul
import IdealCipher
import LayerTesting
import Shares
import SourceLayers
import Specification
import Testing

/// Every frame of tables and weights says how many updates these have had, and shares of two moments do not meet.
@Suite struct VersionTests {
    private let label: Party
    private let parties: [Party]
    private let key = IdealKey(keyBits: 2048)
    private let bounds = EmbedMatMulInitialBounds(tables: 1 << 19, weights: 1 << 19)
    private let refreshes = Set("abcdefg".map { "G6\($0)" })

    init() throws {
        label = try Party("label")
        parties = [try Party("partner"), try Party("feature")]
    }

    /// Every party has two fields of two categories each.
    private func parameters(
        features: Int = 1, version: Int, opening: EmbedMatMulParameters.Opening = .own, isListed: Bool = false
    ) throws -> EmbedMatMulParameters {
        let features = parties.prefix(features)
        func member(_ party: Party) -> EmbedMatMulParameters.Member { .init(party, fields: 2, tableRows: 4) }
        return try EmbedMatMulParameters(
            label: member(label), features: features.map(member), partner: parties[0], dimension: 1, width: 1,
            keyBits: 2048, attempt: 0, opening: opening,
            listed: isListed ? Dictionary(uniqueKeysWithValues: (features + [label]).map { ($0, 4) }) : nil,
            weightVersion: version)
    }

    private func shares(
        _ parameters: EmbedMatMulParameters, version: Int
    ) throws -> (label: EmbedMatMulLabelShares, features: [EmbedMatMulFeatureShares]) {
        let (random, optimiser) = (RecordedRandomSource(seed: [1]), try optimiser("0.1"))
        var label = try EmbedMatMulLabelShares(parameters, bounds: bounds, optimiser: optimiser, random: random)
        #expect(label.version == 0)
        label.version = version
        return (
            label,
            try parameters.features.map { feature in
                var shares = try EmbedMatMulFeatureShares(
                    of: feature.party, parameters, bounds: bounds, optimiser: optimiser, random: random)
                #expect(shares.version == 0)
                shares.version = version
                return shares
            }
        )
    }

    private func lookups(_ rows: Int) -> Matrix<Int> {
        Matrix(rows: rows, columns: 2, elements: (0..<rows).flatMap { [$0 % 2, 2 + $0 / 2 % 2] })
    }

    private func derivative(_ rows: Int) -> Matrix<Int64> { Matrix(rows: rows, columns: 1, repeating: 1 << 19) }

    // MARK: - In frames

    @Test(arguments: [EmbedMatMulParameters.Opening.own, .joined], [false, true])
    func framesCarryTheVersionOfTheirRound(opening: EmbedMatMulParameters.Opening, isListed: Bool) throws {
        let runs: [LayerRun] = [
            .init(.evaluate, rows: 2), .init(.train, rows: 4, count: 2), .init(.evaluate, rows: 3),
            .init(.train, rows: 2), .init(.evaluate, rows: 1),
        ]
        let parameters = try parameters(features: 2, version: 7, opening: opening, isListed: isListed)
        #expect(try parameters.plan(runs).dimensions["weight-version"] == 7)
        let all = [label] + parties
        let federation = try EmbedMatMulFederation(
            parameters, runs: runs, keys: Dictionary(uniqueKeysWithValues: all.map { ($0, key) }), bounds: bounds,
            optimiser: optimiser("0.1"), shares: shares(parameters, version: 7),
            source: { RecordedRandomSource(seed: [1]) })
        try federation.start()
        let lists = isListed ? Dictionary(uniqueKeysWithValues: all.map { ($0, [0, 1, 2, 3]) }) : [:]
        for run in runs {
            for _ in 0..<run.count {
                let rows = lookups(run.rows)
                let features = [rows, rows]
                switch opening {
                case .own: _ = try federation.forward(label: rows, features: features, in: run.phase, listing: lists)
                case .joined:
                    _ = try federation.shareForward(label: rows, features: features, in: run.phase, listing: lists)
                }
                if run.phase == .train { try federation.backward(dZ: derivative(run.rows)) }
            }
        }
        #expect(federation.isFinished)
        let frames = federation.sent.values.joined()
        #expect(misversioned(frames, runs: runs, from: 7, refreshes: refreshes, lists: ["L1", "L3"]) == [])
        #expect(Set(frames.map(\.header.weightVersion)) == (isListed ? [7, 8, 9, 10, nil] : [7, 8, 9, 10]))
        #expect(federation.shares.label.version == 10)
        #expect(federation.shares.features.map(\.version) == [10, 10])
    }

    // MARK: - Shares of two moments

    private func labelParty(
        _ parameters: EmbedMatMulParameters, version: Int
    ) throws -> EmbedMatMulLabelParty<IdealKey> {
        try EmbedMatMulLabelParty(
            parameters, key: key, featureKeys: [parties[0]: key.cipher],
            shares: shares(parameters, version: version).label, random: RecordedRandomSource(seed: [2]))
    }

    private func featureParty(
        _ parameters: EmbedMatMulParameters, version: Int
    ) throws -> EmbedMatMulFeatureParty<IdealKey> {
        try EmbedMatMulFeatureParty(
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
        let list = isListed ? [0, 1, 2, 3] : nil
        try settle()
        toFeature += frames(try labelRole.forward(lookups: lookups(4), in: .train, listing: list))
        toLabel += frames(try featureRole.forward(lookups: lookups(4), in: .train, listing: list))
        try settle()
        toFeature += frames(try labelRole.backward(dZ: derivative(4)))
        try settle()
        let steps = EmbedMatMulProtocol.specification.messages.keys
        let absent: Set = isListed ? ["I1", "I5", "G6a", "G6e"] : ["L1", "L2", "L3", "L4"]
        #expect(taken == Set(steps).subtracting(absent))
        #expect(labelRole.shares.version == 8 && featureRole.shares.version == 8)
    }
}
