import BinStatistics
import Cryptography
import LayerTesting
import Link
import Paillier
import ProtocolTesting
import Specification
import StatisticsWire
import Testing

/// Three parties with made-up labels and bins.
struct Survey {
    /// What either role gives.
    enum Output: Equatable, Sendable {
        case label(BinStatisticsLabelParty<PrivateKey>.Output)
        case feature([BinnedColumnStatistics])
    }

    static let label = party("label")
    static let features = [party("first"), party("second")]
    static let bins = 4
    /// The last two have none: decoys.
    let labels: [Int?]
    /// Of each feature party's columns, the bin of each row.
    let columns: [Party: [[Int]]]
    /// For how many of these weights are wanted.
    let weighed: [Party: Int]
    let parameters: BinStatisticsParameters

    init(rows: Int = 41, isProtected: Bool = true, attempt: Int = 0) {
        labels = (0..<rows).map { $0 >= rows - 2 ? nil : $0 * $0 % 7 < 3 ? 1 : 0 }
        columns = [
            // One bin only; two; all four.
            Self.features[0]: [
                (0..<rows).map { _ in 2 }, (0..<rows).map { $0 % 3 == 0 ? 3 : 0 }, (0..<rows).map { $0 * 5 % 4 },
            ],
            // The events of the first column are all in bin 1, which has nothing else.
            Self.features[1]: [labels.map { $0 == 1 ? 1 : 0 }],
        ]
        weighed = [Self.features[0]: 2, Self.features[1]: 0]
        parameters = BinStatisticsParameters(
            label: Self.label, features: Self.features, rows: rows, bins: Self.bins,
            keyBits: 2048, isProtected: isProtected, attempt: attempt)
    }

    static func party(_ name: String) -> Party {
        guard let party = try? Party(name) else { preconditionFailure("a name") }
        return party
    }

    var key: PrivateKey? {
        parameters.isProtected ? Keys.recorded(bits: parameters.keyBits, Self.label) : nil
    }

    func source(of party: Party) -> any RandomSource { RecordedRandomSource(seed: Array("survey \(party)".utf8)) }

    func labelParty() throws -> BinStatisticsLabelParty<PrivateKey> {
        try BinStatisticsLabelParty(parameters, key: key, labels: labels, random: source(of: Self.label))
    }

    func featureParty(_ party: Party) throws -> BinStatisticsFeatureParty<PublicKey> {
        try BinStatisticsFeatureParty(
            party, parameters, labelKey: key?.cipher, columns: columns[party] ?? [], weighed: weighed[party] ?? 0,
            random: source(of: party))
    }

    /// Counted where all is in one place.
    func counts(of party: Party) -> [[BinCount]] {
        (columns[party] ?? []).map { places in
            (0..<Self.bins).map { bin in
                let members = labels.indices.filter { places[$0] == bin }.compactMap { labels[$0] }
                return BinCount(rows: members.count, events: members.reduce(0, +))
            }
        }
    }

    var answers: [Party: [BinnedColumnStatistics]] {
        Dictionary(
            uniqueKeysWithValues: Self.features.map { party in
                (
                    party,
                    (columns[party] ?? []).indices.map { column in
                        BinnedColumnStatistics(
                            informationValue: Double(column) / 3,
                            weights: (0..<Self.bins).map { Double(column) - Double($0) / 7 })
                    }
                )
            })
    }
}

/// A role under another type of output, so that roles of both kinds fit one rehearsal.
struct Wrapped<Inner: Role>: Role {
    var inner: Inner
    let wrap: @Sendable (Inner.Output) -> Survey.Output

    var awaiting: Party? { inner.awaiting }

    mutating func receive(_ frame: Frame, from peer: Party) throws -> [Action<Survey.Output>] {
        try wrapped(inner.receive(frame, from: peer))
    }

    mutating func perform(
        _ event: (inout Inner) throws -> [Action<Inner.Output>]
    ) rethrows -> [Action<Survey.Output>] { wrapped(try event(&inner)) }

    private func wrapped(_ actions: [Action<Inner.Output>]) -> [Action<Survey.Output>] {
        actions.map { action in
            switch action {
            case .send(let frame, let peer): .send(frame, to: peer)
            case .output(let output): .output(wrap(output))
            case .proceed: .proceed
            }
        }
    }
}

@Suite struct BinStatisticsTests {
    /// Runs a survey up to the counts, and then the answers.
    @discardableResult
    private func run(
        _ survey: Survey, change: @escaping (Frame, Party, Party) -> Frame = { frame, _, _ in frame }
    ) throws -> Rehearsal<Survey.Output> {
        let stage = try Rehearsal<Survey.Output>(BinStatisticsProtocol.specification, survey.parameters.plan())
        stage.onTheWay = change
        let label = stage.seat(Survey.label, Wrapped(inner: try survey.labelParty()) { .label($0) })
        for party in Survey.features {
            let seat = stage.seat(party, Wrapped(inner: try survey.featureParty(party)) { .feature($0) })
            try stage.perform(seat) { try $0.perform { try $0.start() } }
        }
        try stage.perform(label) { try $0.perform { try $0.start() } }
        try stage.settle()
        try stage.perform(label) { try $0.perform { try $0.tell(survey.answers) } }
        try stage.settle()
        return stage
    }

    @Test(arguments: [true, false]) func countsAreThoseOfOnePlace(isProtected: Bool) throws {
        let survey = Survey(isProtected: isProtected)
        let stage = try run(survey)
        #expect(stage.isFinished)
        let counts = Dictionary(uniqueKeysWithValues: Survey.features.map { ($0, survey.counts(of: $0)) })
        #expect(stage.outputs[Survey.label] == [.label(.counted(counts)), .label(.told)])
        // Rows without a label count nowhere.
        #expect(counts[Survey.features[0]]?[0][2] == BinCount(rows: 39, events: survey.labels.count { $0 == 1 }))
        for party in Survey.features {
            let told = survey.answers[party]?.enumerated().map { column, answer in
                column < survey.weighed[party] ?? 0
                    ? answer : BinnedColumnStatistics(informationValue: answer.informationValue, weights: nil)
            }
            #expect(stage.outputs[party] == [.feature(try #require(told))])
        }
    }

    @Test func nothingLeavesBeforeTheLabelPartyHasDecided() throws {
        let survey = Survey()
        let stage = try Rehearsal<Survey.Output>(BinStatisticsProtocol.specification, survey.parameters.plan())
        let label = stage.seat(Survey.label, Wrapped(inner: try survey.labelParty()) { .label($0) })
        for party in Survey.features {
            let seat = stage.seat(party, Wrapped(inner: try survey.featureParty(party)) { .feature($0) })
            try stage.perform(seat) { try $0.perform { try $0.start() } }
        }
        try stage.perform(label) { try $0.perform { try $0.start() } }
        try stage.settle()
        let sent = Survey.features.flatMap { stage.sentOnRoute[Route(sender: Survey.label, receiver: $0)] ?? [] }
        #expect(sent.map(\.header.step) == ["S3", "S3"])
        #expect(sent[0] == sent[1])
        // An answer that lacks a column is none.
        var short = survey.answers
        short[Survey.features[0]]?.removeLast()
        #expect(throws: StatisticsError.self) {
            try stage.perform(label) { try $0.perform { try $0.tell(short) } }
        }
    }

    @Test func masksAndRandomnessBelongToOneAttempt() throws {
        func payloads(_ attempt: Int) throws -> [[UInt8]] {
            try run(Survey(attempt: attempt)).sent.filter { ["S3", "S4", "S5"].contains($0.header.step) }
                .map(\.payload)
        }
        let (first, again, second) = (try payloads(0), try payloads(0), try payloads(1))
        #expect(first == again)
        #expect(zip(first, second).allSatisfy { $0 != $1 })
    }

    @Test func theReadmeHasTheSpecificationsTable() throws {
        #expect(
            try Readme.text(of: "BinStatistics").contains(Readme.table(of: BinStatisticsProtocol.specification)))
    }

    // MARK: - Refusals

    @Test func sizesAreHeldToTheirLimits() throws {
        for (step, size) in [("S1", 0), ("S1", BinStatisticsParameters.columnLimit + 1), ("S2", 4)] {
            #expect(throws: ProtocolViolation.self, "\(step) \(size)") {
                try run(Survey()) { frame, sender, _ in
                    guard frame.header.step == step, sender == Survey.features[0] else { return frame }
                    var frame = frame
                    var payload = CanonicalWriter()
                    payload.count(size)
                    (frame.header.shape, frame.payload) = ([size], payload.bytes)
                    return frame
                }
            }
        }
    }

    /// Every row that has a label is in one bin of each column: what does not add up is no count.
    @Test(arguments: [true, false]) func countsThatDoNotAddUpAreRefused(isProtected: Bool) throws {
        let step = isProtected ? "S5" : "U4"
        for place in [0, 1, 8, 9] {
            #expect(throws: ProtocolViolation.self, "\(place)") {
                try run(Survey(isProtected: isProtected)) { frame, sender, _ in
                    guard frame.header.step == step, sender == Survey.features[0] else { return frame }
                    var frame = frame
                    // One more in one place.
                    var value = frame.payload[8 * place..<8 * place + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                    value = isProtected ? value &+ 1 : (Double(bitPattern: value) + 1).bitPattern
                    for byte in 0..<8 {
                        frame.payload[8 * place + byte] = UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64(byte)))
                    }
                    return frame
                }
            }
        }
    }

    @Test func whatIsNoCiphertextIsRefused() throws {
        for (step, blamed) in [("S3", Survey.label), ("S4", Survey.features[1])] {
            let error = StatisticsError.invalidCiphertext(of: blamed, step: step, .ciphertext(index: 0, .outOfRange))
            #expect(error.abortReason == .ciphertextInvalid && error.blamedParty == blamed)
            #expect(throws: error) {
                try run(Survey()) { frame, sender, _ in
                    guard frame.header.step == step, sender == blamed else { return frame }
                    var frame = frame
                    for index in 0..<512 { frame.payload[index] = 0 }
                    return frame
                }
            }
        }
    }

    @Test func answersAreFiniteNumbers() throws {
        for step in ["S6", "S7"] {
            #expect(throws: ProtocolViolation.self) {
                try run(Survey()) { frame, _, receiver in
                    guard frame.header.step == step, receiver == Survey.features[0] else { return frame }
                    var frame = frame
                    frame.payload.replaceSubrange(0..<8, with: [0x7F, 0xF0, 0, 0, 0, 0, 0, 0])
                    return frame
                }
            }
        }
    }

    @Test func eventsOutOfTurnAreRefused() throws {
        let survey = Survey()
        var label = try survey.labelParty()
        #expect(throws: StatisticsError.outOfTurn(event: "tell")) { try label.tell(survey.answers) }
        _ = try label.start()
        #expect(throws: StatisticsError.outOfTurn(event: "start")) { try label.start() }
        #expect(throws: StatisticsError.outOfTurn(event: "tell")) { try label.tell(survey.answers) }
        var feature = try survey.featureParty(Survey.features[0])
        let frame = Frame(
            header: FrameHeader(
                protocolName: "bin-statistics", phase: "count", round: 0, step: "S6", kind: .statistic, shape: [3]),
            payload: [UInt8](repeating: 0, count: 24))
        #expect(throws: ProtocolViolation.self) { try feature.receive(frame, from: Survey.label) }
        _ = try feature.start()
        #expect(throws: StatisticsError.outOfTurn(event: "start")) { try feature.start() }
        #expect(throws: ProtocolViolation.self) { try feature.receive(frame, from: Survey.label) }
        #expect(throws: ProtocolViolation.self) { try label.receive(frame, from: Survey.features[1]) }
    }

    @Test func inputsOfOtherSizesAreRefused() throws {
        let survey = Survey()
        let source = survey.source(of: Survey.label)
        #expect(throws: StatisticsError.self) {
            try BinStatisticsLabelParty(survey.parameters, key: survey.key, labels: [1, 0], random: source)
        }
        #expect(throws: StatisticsError.self) {
            try BinStatisticsLabelParty(
                survey.parameters, key: survey.key, labels: survey.labels.map { $0.map { $0 + 1 } }, random: source)
        }
        #expect(throws: StatisticsError.keySize(expected: 2048, found: nil)) {
            try BinStatisticsLabelParty<PrivateKey>(
                survey.parameters, key: nil, labels: survey.labels, random: source)
        }
        for (columns, weighed) in [([[]], 0), ([[4] + (1..<41).map { _ in 0 }], 0), ([(0..<41).map { _ in 0 }], 2)] {
            #expect(throws: StatisticsError.self) {
                try BinStatisticsFeatureParty(
                    Survey.features[0], survey.parameters, labelKey: survey.key?.cipher, columns: columns,
                    weighed: weighed, random: source)
            }
        }
    }
}
