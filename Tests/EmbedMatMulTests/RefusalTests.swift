import Arithmetic
import Cryptography
import EmbedMatMul
import IdealCipher
import LayerTesting
import Link
import Paillier
import Shares
import SourceLayers
import Specification
import Testing
import Workers

/// Two parties, up to the point where frames are in flight; what is changed on the way must be refused.
@Suite struct RefusalTests {
    private typealias LabelRole = EmbedMatMulLabelParty<IdealKey>
    private typealias FeatureRole = EmbedMatMulFeatureParty<IdealKey>

    private let label: Party
    private let feature: Party
    private let parameters: EmbedMatMulParameters
    private let key = IdealKey(keyBits: 2048)
    private let bounds = EmbedMatMulInitialBounds(tables: 1 << 19, weights: 1 << 19)

    init() throws {
        label = try Party("label")
        feature = try Party("feature")
        parameters = try EmbedMatMulParameters(
            label: .init(label, fields: 1, tableRows: 2), features: [.init(feature, fields: 2, tableRows: 7)],
            partner: feature,
            dimension: 2, width: 2, keyBits: 2048, attempt: 0)
    }

    private func labelShares() throws -> EmbedMatMulLabelShares {
        try EmbedMatMulLabelShares(
            parameters, bounds: bounds, optimiser: optimiser("0.1"), random: RecordedRandomSource(seed: [1]))
    }

    private func featureShares() throws -> EmbedMatMulFeatureShares {
        try EmbedMatMulFeatureShares(
            of: feature, parameters, bounds: bounds, optimiser: optimiser("0.1"),
            random: RecordedRandomSource(seed: [2]))
    }

    private func labelParty(_ random: RecordedRandomSource = .init(seed: [1])) throws -> LabelRole {
        try LabelRole(
            parameters, key: key, featureKeys: [feature: key.cipher], shares: labelShares(), random: random)
    }

    private func featureParty() throws -> FeatureRole {
        try FeatureRole(
            feature, parameters, key: key, labelKey: key.cipher, shares: featureShares(),
            random: RecordedRandomSource(seed: [2]), pairRandom: [:])
    }

    /// The same rows of the table in every row of the batch, one beside the other.
    private func lookups(_ rows: Int, _ columns: Int, from first: Int = 0) -> Matrix<Int> {
        Matrix(
            rows: rows, columns: columns,
            elements: (0..<rows * columns).map { first + $0 % columns })
    }

    /// Both roles after setup, and the guards of both ends of the link.
    private func ready() throws -> (label: LabelRole, feature: FeatureRole, guards: [Guard]) {
        var (labelRole, featureRole) = (try labelParty(), try featureParty())
        let plan = try parameters.plan([.init(.train, rows: 4)])
        let specification = EmbedMatMulProtocol.specification
        var guards = [
            try Guard(specification, plan: plan, me: label, peer: feature),
            try Guard(specification, plan: plan, me: feature, peer: label),
        ]
        let (ofLabel, ofFeature) = (frames(try labelRole.start()), frames(try featureRole.start()))
        for frame in ofLabel {
            try guards[0].send(frame)
            try guards[1].receive(frame)
            _ = try featureRole.receive(frame, from: label)
        }
        for frame in ofFeature {
            try guards[1].send(frame)
            try guards[0].receive(frame)
            _ = try labelRole.receive(frame, from: feature)
        }
        return (labelRole, featureRole, guards)
    }

    /// Both roles in the middle of a training round, Z opened.
    private func opened() throws -> (label: LabelRole, feature: FeatureRole) {
        var (labelRole, featureRole, _) = try ready()
        let e2 = try frame(labelRole.forward(lookups: lookups(4, 1), in: .train))
        let e1 = try frame(featureRole.forward(lookups: lookups(4, 2), in: .train))
        let e4 = try frame(labelRole.receive(e1, from: feature))
        let e3 = try frame(featureRole.receive(e2, from: label))
        _ = try labelRole.receive(e3, from: feature)
        let outputs = try labelRole.receive(try frame(featureRole.receive(e4, from: label)), from: feature)
        guard case .output(.opened) = outputs.first else { throw NothingOpened() }
        return (labelRole, featureRole)
    }

    private struct NothingOpened: Error {}

    private func derivative(_ value: Int64 = 1) -> Matrix<Int64> { Matrix(rows: 4, columns: 2, repeating: value) }

    // MARK: - Frames that the protocol does not declare

    /// A role that sends categories, or a declared frame with anything changed, is stopped by its own guard and by the
    /// receiver's.
    @Test(arguments: 0..<6)
    func undeclaredFramesAreStoppedAtBothEnds(change: Int) throws {
        var (_, featureRole, guards) = try ready()
        var frame = try frame(featureRole.forward(lookups: lookups(4, 2), in: .train))
        let declared = frame
        switch change {
        case 0: frame = Frame(header: frame.header, payload: frame.payload + [0])
        case 1: frame.header.kind = .plain
        case 2: frame.header.keyOwner = feature
        case 3: frame.header.step = "E3"
        case 4: frame.header.shape = [4, 2]
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
        _ = try labelRole.forward(lookups: lookups(4, 1), in: .train)
        var frame = try frame(featureRole.forward(lookups: lookups(4, 2), in: .train))
        var peer = feature
        switch change {
        case 0: frame.header.round = 1
        case 1: frame.header.shape = [9, 2]
        case 2: frame.header.keyOwner = feature
        case 3: peer = label
        default:
            // A plaintext beyond its eight slots of 249 bits.
            frame.payload = try key.adding(Integer(powerOfTwo: 8 * 249), to: frame)
        }
        #expect(throws: ProtocolViolation.self) { try labelRole.receive(frame, from: peer) }
    }

    /// Every frame of a training round in every other one's place.
    @Test func framesInEachOthersPlaceAreRefused() throws {
        var (labelRole, featureRole) = try opened()
        let toFeature = frames(try labelRole.backward(dZ: derivative()))
        #expect(toFeature.map(\.header.step) == ["G1a", "G1b", "G1c", "G5"])
        #expect(labelRole.awaiting == feature && featureRole.awaiting == label)
        var toLabel: [Frame] = []
        for (place, frame) in toFeature.enumerated() {
            for (other, wrong) in toFeature.enumerated() where other != place {
                var copy = featureRole
                #expect(throws: ProtocolViolation.self) { try copy.receive(wrong, from: label) }
            }
            toLabel += frames(try featureRole.receive(frame, from: label))
        }
        #expect(toLabel.map(\.header.step) == ["G2", "G3", "G4", "G6d", "G6e", "G6f", "G6g"])
        var refreshed: [Frame] = []
        for (place, frame) in toLabel.enumerated() {
            for (other, wrong) in toLabel.enumerated() where other != place {
                var copy = labelRole
                #expect(throws: ProtocolViolation.self) { try copy.receive(wrong, from: feature) }
            }
            refreshed += frames(try labelRole.receive(frame, from: feature))
        }
        #expect(refreshed.map(\.header.step) == ["G6a", "G6b", "G6c"])
        #expect(labelRole.awaiting == nil)
    }

    @Test func whatIsNoCiphertextIsNamed() throws {
        var (labelRole, featureRole, _) = try ready()
        _ = try labelRole.forward(lookups: lookups(4, 1), in: .train)
        var frame = try frame(featureRole.forward(lookups: lookups(4, 2), in: .train))
        for payload in [frame.payload + [0], frame.payload.dropLast()] {
            let other = Frame(header: frame.header, payload: Array(payload))
            var copy = labelRole
            #expect(throws: SourceLayerError.self) { try copy.receive(other, from: feature) }
        }
        frame.payload[0] = 0xFF
        let error = SourceLayerError.invalidCiphertext(of: feature, step: "E1", .ciphertext(index: 0, .outOfRange))
        #expect(throws: error) { try labelRole.receive(frame, from: feature) }
        #expect(error.abortReason == .ciphertextInvalid && error.blamedParty == feature)
    }

    @Test func sharesHaveSixteenBytes() throws {
        var (labelRole, featureRole, _) = try ready()
        let e2 = try frame(labelRole.forward(lookups: lookups(4, 1), in: .evaluate))
        let e1 = try frame(featureRole.forward(lookups: lookups(4, 2), in: .evaluate))
        let e4 = try frame(labelRole.receive(e1, from: feature))
        _ = try labelRole.receive(try frame(featureRole.receive(e2, from: label)), from: feature)
        let e5 = try frame(featureRole.receive(e4, from: label))
        #expect(e5.payload.count == 4 * 2 * 16)
        for payload in [e5.payload + [0], e5.payload.dropLast()] {
            var copy = labelRole
            let other = Frame(header: e5.header, payload: Array(payload))
            #expect(throws: ProtocolViolation.self) { try copy.receive(other, from: feature) }
        }
    }

    @Test func violationsDoNotTellPlaintexts() throws {
        var (labelRole, featureRole, _) = try ready()
        _ = try labelRole.forward(lookups: lookups(4, 1), in: .train)
        let frame = try frame(featureRole.forward(lookups: lookups(4, 2), in: .train))
        var descriptions: Set<String> = []
        for bits in [8 * 249, 8 * 249 + 40] {
            let high = Frame(header: frame.header, payload: try key.adding(Integer(powerOfTwo: bits), to: frame))
            var copy = labelRole
            let violation = #expect(throws: ProtocolViolation.self) { try copy.receive(high, from: feature) }
            descriptions.insert(try #require(violation).description)
        }
        #expect(descriptions.count == 1)
    }

    @Test func framesOutOfTurnAreRefused() throws {
        var (labelRole, featureRole, _) = try ready()
        let early = try frame(featureRole.forward(lookups: lookups(4, 2), in: .train))
        #expect(labelRole.awaiting == nil)
        #expect(throws: ProtocolViolation.self) { try labelRole.receive(early, from: feature) }
        #expect(featureRole.awaiting == label)
        #expect(throws: ProtocolViolation.self) { try featureRole.receive(early, from: label) }
    }

    // MARK: - Wrong use by the own party

    @Test func eventsOutOfTurnAreRefused() throws {
        var fresh = try labelParty()
        #expect(throws: SourceLayerError.outOfTurn(event: "forward")) {
            try fresh.forward(lookups: lookups(4, 1), in: .train)
        }
        var (labelRole, featureRole, _) = try ready()
        #expect(throws: SourceLayerError.outOfTurn(event: "backward")) { try labelRole.backward(dZ: derivative()) }
        #expect(throws: SourceLayerError.outOfTurn(event: "start")) { try featureRole.start() }
    }

    @Test func lookupsMustBeInTheTable() throws {
        var (labelRole, featureRole, _) = try ready()
        for (row, field) in [(7, 0), (-1, 0), (Int.max, 0), (6, 1)] {
            let rows = Matrix(rows: 1, columns: 2, elements: [row, row == 6 ? 7 : 0])
            #expect(throws: SourceLayerError.unknownRow(field: field)) {
                try featureRole.forward(lookups: rows, in: .train)
            }
        }
        #expect(throws: SourceLayerError.unknownRow(field: 0)) {
            try labelRole.forward(lookups: lookups(4, 1, from: 2), in: .train)
        }
        _ = try featureRole.forward(lookups: Matrix(rows: 1, columns: 2, elements: [2, 6]), in: .train)
    }

    /// A row's gradient is a product with one field's weights, and bounded by one lookup for each row of the batch.
    @Test(arguments: [[5, 5], [0, 5, 5, 1], [0, 5, 1, 0]])
    func aTableRowBelongsToOneField(rows: [Int]) throws {
        var (_, featureRole, _) = try ready()
        let lookups = Matrix(rows: rows.count / 2, columns: 2, elements: rows)
        let field = rows.count == 2 || rows[2] == 1 ? 1 : 0
        #expect(throws: SourceLayerError.sharedRow(field: field)) {
            try featureRole.forward(lookups: lookups, in: .train)
        }
    }

    @Test func batchesMustHaveTheirShape() throws {
        var (labelRole, featureRole, _) = try ready()
        for shape in [(4, 1), (4, 3), (0, 2)] {
            #expect(throws: SharesError.self) {
                try featureRole.forward(lookups: lookups(shape.0, shape.1), in: .train)
            }
        }
        #expect(throws: SharesError.unboundedSize(257, limit: 256)) {
            try labelRole.forward(lookups: lookups(257, 1), in: .train)
        }
        _ = try labelRole.forward(lookups: lookups(257, 1), in: .evaluate)
    }

    @Test func derivativesMustHaveTheirShapeAndRange() throws {
        var (labelRole, _) = try opened()
        let short = Matrix<Int64>(rows: 3, columns: 2, repeating: 0)
        #expect(throws: SharesError.shape(expected: [4, 2], found: [3, 2])) { try labelRole.backward(dZ: short) }
        #expect(throws: SharesError.outOfRange(limitBits: 22)) { try labelRole.backward(dZ: derivative(-1 << 22)) }
        _ = try labelRole.backward(dZ: derivative(1 - 1 << 22))
    }

    @Test func partsMustFitTheParameters() throws {
        func make(key: IdealKey, partner: [Party: IdealCipher], shares: EmbedMatMulLabelShares) throws -> LabelRole {
            try LabelRole(
                parameters, key: key, featureKeys: partner, shares: shares, random: RecordedRandomSource(seed: [1]))
        }
        let (shares, small) = (try labelShares(), IdealKey(keyBits: 1024))
        #expect(throws: SourceLayerError.missing("public key", feature)) {
            try make(key: key, partner: [:], shares: shares)
        }
        #expect(throws: SourceLayerError.keySize(expected: 2048, found: 1024)) {
            try make(key: small, partner: [feature: key.cipher], shares: shares)
        }
        #expect(throws: SourceLayerError.keySize(expected: 2048, found: 1024)) {
            try make(key: key, partner: [feature: small.cipher], shares: shares)
        }
        var wrong = shares
        wrong.features[0].table = WideWeightShare(Matrix(rows: 6, columns: 2, repeating: 0))
        #expect(throws: SharesError.shape(expected: [7, 2], found: [6, 2])) {
            try make(key: key, partner: [feature: key.cipher], shares: wrong)
        }
        wrong.features = []
        #expect(throws: SharesError.count(expected: 1, found: 0)) {
            try make(key: key, partner: [feature: key.cipher], shares: wrong)
        }
        var decaying = shares
        decaying.optimiser = try optimiser("0.1", decay: "0.01")
        #expect(throws: SourceLayerError.self) {
            try make(key: key, partner: [feature: key.cipher], shares: decaying)
        }
        var bare = shares
        bare.own = nil
        #expect(throws: SourceLayerError.self) { try make(key: key, partner: [feature: key.cipher], shares: bare) }
        var alone = try featureShares()
        alone.label = nil
        #expect(throws: SourceLayerError.self) {
            try FeatureRole(
                feature, parameters, key: key, labelKey: key.cipher, shares: alone,
                random: RecordedRandomSource(seed: [2]), pairRandom: [:])
        }
    }

    @Test func featurePartiesNeedAMaskSourceForEachPair() throws {
        let other = try Party("other")
        let three = try EmbedMatMulParameters(
            label: .init(label, fields: 1, tableRows: 2),
            features: [.init(feature, fields: 1, tableRows: 3), .init(other, fields: 1, tableRows: 1)],
            partner: feature, dimension: 1, width: 1, keyBits: 2048, attempt: 0)
        let random = RecordedRandomSource(seed: [2])
        let shares = try EmbedMatMulFeatureShares(
            of: other, three, bounds: bounds, optimiser: optimiser("0.1"), random: random)
        #expect(throws: SourceLayerError.missing("source of pair masks", feature)) {
            try FeatureRole(
                other, three, key: key, labelKey: key.cipher, shares: shares, random: random, pairRandom: [:])
        }
    }

    @Test func parametersMustMakeSense() throws {
        typealias Member = EmbedMatMulParameters.Member
        func make(
            label own: (fields: Int, tableRows: Int) = (1, 2), features: [Member], partner: Party?, dimension: Int = 1,
            width: Int = 1
        ) throws {
            _ = try EmbedMatMulParameters(
                label: Member(label, fields: own.fields, tableRows: own.tableRows), features: features,
                partner: partner, dimension: dimension, width: width, keyBits: 2048, attempt: 0)
        }
        func refuses(_ make: () throws -> Void) { #expect(throws: SourceLayerError.self) { try make() } }
        let good = Member(feature, fields: 1, tableRows: 1)
        try make(features: [good], partner: feature)
        refuses { try make(features: [], partner: nil) }
        refuses { try make(features: [good, Member(label, fields: 1, tableRows: 1)], partner: feature) }
        refuses { try make(features: [good], partner: label) }
        for (fields, rows) in [(0, 0), (0, 1), (1, 0), (2, 1), (-1, 3), (1, 1 << 24 + 1), (Int.max, Int.max)] {
            refuses { try make(features: [Member(feature, fields: fields, tableRows: rows)], partner: feature) }
        }
        refuses { try make(features: [good], partner: feature, dimension: 0) }
        refuses { try make(features: [good], partner: feature, width: 0) }
        // A label party has fields and a partner, or neither.
        try make(label: (0, 0), features: [good], partner: nil)
        refuses { try make(label: (0, 0), features: [good], partner: feature) }
        refuses { try make(label: (1, 2), features: [good], partner: nil) }
        refuses { try make(label: (0, 2), features: [good], partner: feature) }
        refuses { try make(label: (2, 0), features: [good], partner: feature) }
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
        _ = try labelRole.forward(lookups: lookups(4, 1), in: .train)
        #expect(throws: RandomError.self) { try copy.forward(lookups: lookups(4, 1, from: 1), in: .train) }
    }

    // MARK: - Giving up

    /// Work that is cancelled while a frame is read is no fault of the frame's sender.
    @Test func givingUpBlamesNobody() throws {
        let (own, partners) = (Keys.recorded(bits: 2048, label), Keys.recorded(bits: 2048, feature))
        var labelRole = try EmbedMatMulLabelParty(
            parameters, key: own, featureKeys: [feature: partners.cipher], shares: labelShares(),
            random: RecordedRandomSource(seed: [1]))
        var featureRole = try EmbedMatMulFeatureParty(
            feature, parameters, key: partners, labelKey: own.cipher, shares: featureShares(),
            random: RecordedRandomSource(seed: [2]), pairRandom: [:])
        _ = try labelRole.start()
        let frame = try frame(featureRole.start())
        let cancellation = Cancellation()
        cancellation.cancel()
        WorkContext(cancellation: cancellation).run {
            var copy = labelRole
            #expect(throws: PaillierError.cancelled) { try copy.receive(frame, from: feature) }
        }
        _ = try labelRole.receive(frame, from: feature)
    }
}
