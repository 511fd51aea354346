import Arithmetic
import Cryptography
import IdealCipher
import LayerTesting
import Link
import MatMul
import Paillier
import Shares
import SourceLayers
import Specification
import Testing

/// Two parties, up to the point where frames are in flight; what is changed on the way must be refused.
@Suite struct RefusalTests {
    private let label: Party
    private let feature: Party
    private let parameters: MatMulParameters
    private let key = IdealKey(keyBits: 2048)
    private let bounds = MatMulInitialBounds(featureWeights: 1 << 19, labelWeights: 1 << 19)

    init() throws {
        label = try Party("label")
        feature = try Party("feature")
        parameters = try MatMulParameters(
            label: .init(label, columns: 2), features: [.init(feature, columns: 3)], width: 2, keyBits: 2048,
            attempt: 0)
    }

    private func labelParty(_ random: RecordedRandomSource = .init(seed: [1])) throws -> MatMulLabelParty<IdealKey> {
        try MatMulLabelParty(
            parameters, key: key, featureKeys: [feature: key.cipher],
            shares: MatMulLabelShares(
                parameters, bounds: bounds, optimiser: optimiser("0.1"), random: RecordedRandomSource(seed: [1])),
            random: random)
    }

    private func featureParty() throws -> MatMulFeatureParty<IdealKey> {
        let random = RecordedRandomSource(seed: [2])
        return try MatMulFeatureParty(
            feature, parameters, key: key, labelKey: key.cipher,
            shares: MatMulFeatureShares(
                of: feature, parameters, bounds: bounds, optimiser: optimiser("0.1"), random: random),
            random: random, pairRandom: [:])
    }

    private func zeros(_ rows: Int, _ columns: Int) -> Matrix<Int64> {
        Matrix(rows: rows, columns: columns, repeating: 0)
    }

    /// Both roles after setup, and the guards of both ends of the link.
    private func ready() throws -> (
        label: MatMulLabelParty<IdealKey>, feature: MatMulFeatureParty<IdealKey>, guards: [Guard]
    ) {
        var (labelRole, featureRole) = (try labelParty(), try featureParty())
        let plan = try parameters.plan([.init(.train, rows: 4)])
        let specification = MatMulProtocol.specification
        var guards = [
            try Guard(specification, plan: plan, me: label, peer: feature),
            try Guard(specification, plan: plan, me: feature, peer: label),
        ]
        let (weights, labelWeights) = (try frame(labelRole.start()), try frame(featureRole.start()))
        try guards[0].send(weights)
        try guards[1].receive(weights)
        try guards[0].receive(labelWeights)
        try guards[1].send(labelWeights)
        _ = try labelRole.receive(labelWeights, from: feature)
        _ = try featureRole.receive(weights, from: label)
        return (labelRole, featureRole, guards)
    }

    // MARK: - Frames that the protocol does not declare

    /// A role that sends the rows themselves, or a declared frame with anything changed, is stopped by its own guard and by
    /// the receiver's.
    @Test(arguments: 0..<6)
    func undeclaredFramesAreStoppedAtBothEnds(change: Int) throws {
        var (_, featureRole, guards) = try ready()
        var frame = try frame(featureRole.forward(rows: zeros(4, 3), in: .train))
        let declared = frame
        switch change {
        case 0: frame = Frame(header: frame.header, payload: frame.payload + [0])
        case 1: frame.header.kind = .plain
        case 2: frame.header.keyOwner = feature
        case 3: frame.header.step = "F3"
        case 4: frame.header.shape = [4, 3]
        default: frame.header.slotBits = 64
        }
        #expect(throws: ProtocolViolation.self) { try guards[1].send(frame) }
        #expect(throws: ProtocolViolation.self) { try guards[0].receive(frame) }
        try guards[1].send(declared)
        try guards[0].receive(declared)
    }

    /// The roles themselves, even without a guard, take nothing else than the message that they wait for.
    @Test(arguments: 0..<5)
    func rolesRefuseOtherFrames(change: Int) throws {
        var (labelRole, featureRole, _) = try ready()
        _ = try labelRole.forward(rows: zeros(4, 2), in: .train)
        var frame = try frame(featureRole.forward(rows: zeros(4, 3), in: .train))
        var peer = feature
        switch change {
        case 0: frame.header.round = 1
        case 1: frame.header.shape = [5, 2]
        case 2: frame.header.keyOwner = feature
        case 3: peer = label
        default:
            // A plaintext beyond its eight slots of 218 bits.
            frame.payload = try key.adding(Integer(powerOfTwo: 8 * 218), to: frame)
        }
        #expect(throws: ProtocolViolation.self) { try labelRole.receive(frame, from: peer) }
    }

    @Test func whatIsNoCiphertextIsNamed() throws {
        var (labelRole, featureRole, _) = try ready()
        _ = try labelRole.forward(rows: zeros(4, 2), in: .train)
        var frame = try frame(featureRole.forward(rows: zeros(4, 3), in: .train))
        for payload in [frame.payload + [0], frame.payload.dropLast()] {
            let other = Frame(header: frame.header, payload: Array(payload))
            var copy = labelRole
            #expect(throws: SourceLayerError.self) { try copy.receive(other, from: feature) }
        }
        frame.payload[0] = 0xFF
        let error = SourceLayerError.invalidCiphertext(of: feature, step: "F1", .ciphertext(index: 0, .outOfRange))
        #expect(throws: error) { try labelRole.receive(frame, from: feature) }
        #expect(error.abortReason == .ciphertextInvalid && error.blamedParty == feature)
    }

    @Test func violationsDoNotTellPlaintexts() throws {
        var (labelRole, featureRole, _) = try ready()
        _ = try labelRole.forward(rows: zeros(4, 2), in: .train)
        let frame = try frame(featureRole.forward(rows: zeros(4, 3), in: .train))
        var descriptions: Set<String> = []
        for bits in [8 * 218, 8 * 218 + 100] {
            let high = Frame(header: frame.header, payload: try key.adding(Integer(powerOfTwo: bits), to: frame))
            var copy = labelRole
            let violation = #expect(throws: ProtocolViolation.self) {
                try copy.receive(high, from: feature)
            }
            descriptions.insert(try #require(violation).description)
        }
        #expect(descriptions.count == 1)
    }

    @Test func framesOutOfTurnAreRefused() throws {
        var (labelRole, featureRole, _) = try ready()
        let early = try frame(featureRole.forward(rows: zeros(4, 3), in: .train))
        #expect(labelRole.awaiting == nil)
        #expect(throws: ProtocolViolation.self) { try labelRole.receive(early, from: feature) }
        #expect(featureRole.awaiting == label)
        #expect(throws: ProtocolViolation.self) { try featureRole.receive(early, from: label) }
    }

    // MARK: - Wrong use by the own party

    @Test func eventsOutOfTurnAreRefused() throws {
        var fresh = try labelParty()
        #expect(throws: SourceLayerError.outOfTurn(event: "forward")) {
            try fresh.forward(rows: zeros(4, 2), in: .train)
        }
        var (labelRole, featureRole, _) = try ready()
        #expect(throws: SourceLayerError.outOfTurn(event: "backward")) { try labelRole.backward(dZ: zeros(4, 2)) }
        #expect(throws: SourceLayerError.outOfTurn(event: "start")) { try featureRole.start() }
    }

    @Test func rowsMustHaveTheirShapeAndRange() throws {
        var (labelRole, featureRole, _) = try ready()
        for shape in [(4, 2), (0, 3)] {
            #expect(throws: SharesError.self) { try featureRole.forward(rows: zeros(shape.0, shape.1), in: .train) }
        }
        #expect(throws: SharesError.outOfRange(limitBits: 23)) {
            try labelRole.forward(rows: Matrix(rows: 1, columns: 2, repeating: 1 << 23), in: .train)
        }
    }

    @Test func derivativesMustHaveTheirShapeAndRange() throws {
        var (labelRole, featureRole, _) = try ready()
        let f2 = try frame(labelRole.forward(rows: zeros(4, 2), in: .train))
        _ = try labelRole.receive(try frame(featureRole.forward(rows: zeros(4, 3), in: .train)), from: feature)
        let outputs = try labelRole.receive(try frame(featureRole.receive(f2, from: label)), from: feature)
        guard case .output(.opened(let z)) = outputs.first else { throw NoFrame() }
        #expect(z == zeros(4, 2))
        #expect(throws: SharesError.shape(expected: [4, 2], found: [3, 2])) { try labelRole.backward(dZ: zeros(3, 2)) }
        #expect(throws: SharesError.outOfRange(limitBits: 22)) {
            try labelRole.backward(dZ: Matrix(rows: 4, columns: 2, repeating: -1 << 22))
        }
        _ = try labelRole.backward(dZ: Matrix(rows: 4, columns: 2, repeating: 1 - 1 << 22))
    }

    @Test func partsMustFitTheParameters() throws {
        let shares = try MatMulLabelShares(
            parameters, bounds: bounds, optimiser: optimiser("0.1"), random: RecordedRandomSource(seed: [1]))
        func make(
            key: IdealKey, partner: [Party: IdealCipher], shares: MatMulLabelShares
        ) throws -> MatMulLabelParty<IdealKey> {
            try MatMulLabelParty(
                parameters, key: key, featureKeys: partner, shares: shares, random: RecordedRandomSource(seed: [1]))
        }
        #expect(throws: SourceLayerError.missing("public key", feature)) {
            try make(key: key, partner: [:], shares: shares)
        }
        let small = IdealKey(keyBits: 1024)
        #expect(throws: SourceLayerError.keySize(expected: 2048, found: 1024)) {
            try make(key: small, partner: [feature: key.cipher], shares: shares)
        }
        #expect(throws: SourceLayerError.keySize(expected: 2048, found: 1024)) {
            try make(key: key, partner: [feature: small.cipher], shares: shares)
        }
        var wrong = shares
        wrong.featureWeights = [WeightShare(zeros(2, 2))]
        #expect(throws: SharesError.shape(expected: [3, 2], found: [2, 2])) {
            try make(key: key, partner: [feature: key.cipher], shares: wrong)
        }
        wrong.featureWeights = []
        #expect(throws: SharesError.count(expected: 1, found: 0)) {
            try make(key: key, partner: [feature: key.cipher], shares: wrong)
        }
    }

    @Test func featurePartiesNeedAMaskSourceForEachPair() throws {
        let other = try Party("other")
        let three = try MatMulParameters(
            label: .init(label, columns: 2), features: [.init(feature, columns: 3), .init(other, columns: 1)], width: 1,
            keyBits: 2048, attempt: 0)
        let random = RecordedRandomSource(seed: [2])
        let shares = try MatMulFeatureShares(
            of: other, three, bounds: bounds, optimiser: optimiser("0.1"), random: random)
        #expect(throws: SourceLayerError.missing("source of pair masks", feature)) {
            try MatMulFeatureParty(
                other, three, key: key, labelKey: key.cipher, shares: shares, random: random, pairRandom: [:])
        }
    }

    @Test func parametersMustMakeSense() throws {
        func make(features: [MatMulParameters.Member], width: Int = 1) throws {
            _ = try MatMulParameters(
                label: .init(label, columns: 2), features: features, width: width, keyBits: 2048, attempt: 0)
        }
        #expect(throws: SourceLayerError.self) { try make(features: []) }
        #expect(throws: SourceLayerError.self) { try make(features: [.init(label, columns: 1)]) }
        #expect(throws: SourceLayerError.self) { try make(features: [.init(feature, columns: 0)]) }
        #expect(throws: SourceLayerError.self) { try make(features: [.init(feature, columns: 1)], width: 0) }
    }

    // MARK: - Masks

    /// A second role with the same source and the same attempt would repeat its masks: its first draw is refused.
    @Test func masksAreNeverUsedTwice() throws {
        let random = RecordedRandomSource(seed: [1])
        var first = try labelParty(random)
        _ = try first.start()
        var second = try labelParty(random)
        #expect(throws: RandomError.self) { try second.start() }
    }

    /// A copy of a role, as a careless retry would make it, cannot mask other rows with the masks of the first.
    @Test func aRetriedRoundIsRefused() throws {
        var (labelRole, _, _) = try ready()
        var copy = labelRole
        _ = try labelRole.forward(rows: zeros(4, 2), in: .train)
        #expect(throws: RandomError.self) { try copy.forward(rows: zeros(4, 2), in: .train) }
    }
}
