import Specification
import Testing

private let yaml = """
    protocol: greeting
    version: 1
    summary: Two crossing frames, then an answer.
    source: made up for this test
    roles: {label: the label party, feature: each feature party}
    learns: {label: rows, feature: nothing}
    dimensions:
      {rows: rows of the batch, "width": output columns, columns: columns of a party, weight-version: updates before}
    derived:
      area: rows * width
    phases:
      setup: [[S0]]
      train: [[F1, F2], [F3]]
      score: [[F1]]
    updates: [train]
    messages:
      S0: {from: feature, to: label, kind: shape, shape: "1", bytes: "8", defines: count, carries: n, leaks: n}
      F1: {from: feature, to: label, kind: ciphertext, key: label, weights: before, shape: rows x width, scale: 40, slot-bits: "218",
           slots: "14", bytes: ceil(area / 14) * 768, carries: "[[x]]", leaks: nothing}
      F2: {from: label, to: feature, kind: masked-share, shape: "columns[feature] x 1", bytes: "columns[feature] * 8", carries: z, leaks: nothing}
      F3: {from: feature, to: label, kind: tag, weights: after, shape: "count[feature]", bytes: "at most count[feature] * 2", carries: t, leaks: nothing}
    """

@Suite struct GuardTests {
    let label: Party
    let feature: Party
    let specification: ProtocolSpecification
    var plan: SessionPlan

    init() throws {
        label = try Party("airline")
        feature = try Party("weather")
        specification = try ProtocolSpecification(yaml: yaml)
        plan = SessionPlan(
            protocolName: "greeting", version: 1,
            members: [.init(label, role: "label"), .init(feature, role: "feature")],
            dimensions: ["rows": 28, "width": 1, "columns[weather]": 3, "weight-version": 7],
            runs: [.init("setup"), .init("train"), .init("train", dimensions: ["rows": 1])])
    }

    private func frame(_ step: String, phase: String = "train", round: Int = 0, rows: Int = 28) -> Frame {
        var header = FrameHeader(
            protocolName: "greeting", phase: phase, round: round, step: step, kind: .tag, shape: [5])
        var length = 10
        switch step {
        case "S0":
            header.kind = .shape
            return Frame(header: header, payload: [0, 0, 0, 0, 0, 0, 0, 5])
        case "F1":
            header.kind = .ciphertext
            header.keyOwner = label
            header.shape = [rows, 1]
            header.weightVersion = 7 + round
            (header.scale, header.slotBits, header.slots) = (40, 218, 14)
            length = (rows + 13) / 14 * 768
        case "F2":
            header.kind = .maskedShare
            header.shape = [3, 1]
            length = 24
        default: header.weightVersion = 8 + round
        }
        return Frame(header: header, payload: [UInt8](repeating: 0, count: length))
    }

    @Test func aWholeSessionInEitherOrderOfCrossingFrames() throws {
        for crossed in [false, true] {
            var guardian = try Guard(specification, plan: plan, me: label, peer: feature)
            try guardian.receive(frame("S0", phase: "setup"))
            for (round, rows) in [(0, 28), (1, 1)] {
                if crossed {
                    try guardian.send(frame("F2", round: round))
                    try guardian.receive(frame("F1", round: round, rows: rows))
                } else {
                    try guardian.receive(frame("F1", round: round, rows: rows))
                    try guardian.send(frame("F2", round: round))
                }
                try guardian.receive(frame("F3", round: round))
            }
            #expect(guardian.isFinished && guardian.position == nil)
            #expect(throws: ProtocolViolation.self) { try guardian.receive(frame("F3", round: 2)) }
        }
    }

    @Test func orderIsExact() throws {
        var guardian = try Guard(specification, plan: plan, me: feature, peer: label)
        #expect(throws: ProtocolViolation.self) { try guardian.send(frame("F1")) }
        try guardian.send(frame("S0", phase: "setup"))
        #expect(throws: ProtocolViolation.self) { try guardian.send(frame("F3")) }
        try guardian.send(frame("F1"))
        #expect(throws: ProtocolViolation.self) { try guardian.send(frame("F1")) }
        #expect(throws: ProtocolViolation.self) { try guardian.send(frame("F3")) }
        #expect(guardian.expectation == "F2 from airline in train round 0")
        #expect(
            guardian.position.map { [$0.phase, "\($0.round)", $0.outgoing, $0.incoming] } == ["train", "0", nil, "F2"])
        #expect(throws: ProtocolViolation.self) { try guardian.receive(frame("F1")) }
        try guardian.receive(frame("F2"))
        try guardian.send(frame("F3"))
        #expect(!guardian.isFinished)
    }

    @Test(arguments: 0..<15)
    func everyPublicFieldCounts(change: Int) throws {
        var guardian = try Guard(specification, plan: plan, me: label, peer: feature)
        try guardian.receive(frame("S0", phase: "setup"))
        var changed = frame("F1")
        switch change {
        case 0: changed.header.protocolName = "matmul"
        case 1: changed.header.phase = "setup"
        case 2: changed.header.round = 1
        case 3: changed.header.step = "F2"
        case 4: changed.header.kind = .maskedShare
        case 5: changed.header.keyOwner = feature
        case 6: changed.header.subject = feature
        case 7: changed.header.shape = [1, 28]
        case 8: changed.header.scale = 20
        case 9: changed.header.slotBits = 217
        case 10: changed.header.slots = 9
        case 11: changed.header.weightVersion = nil
        case 12: changed.header.weightVersion = 6
        case 13: changed.header.weightVersion = 8
        default: changed.payload.removeLast()
        }
        #expect(throws: ProtocolViolation.self) { try guardian.receive(changed) }
        try guardian.receive(frame("F1"))
    }

    // MARK: - Weight versions

    /// Every round of a phase that updates counts one, over all runs and whatever stands between them; others count nothing.
    @Test func versionsCountRoundsThatUpdate() throws {
        var plan = plan
        plan.runs = [
            .init("setup"), .init("train", count: 2), .init("score", count: 2), .init("train"), .init("score"),
        ]
        var guardian = try Guard(specification, plan: plan, me: label, peer: feature)
        try guardian.receive(frame("S0", phase: "setup"))
        var rounds = ["train": 0, "score": 0]
        for (phase, version) in [("train", 7), ("train", 8), ("score", 9), ("score", 9), ("train", 9), ("score", 10)] {
            let round = rounds[phase, default: 0]
            rounds[phase] = round + 1
            var before = frame("F1", phase: phase, round: round)
            for wrong in [nil, version - 1, version + 1] {
                before.header.weightVersion = wrong
                let violation = #expect(throws: ProtocolViolation.self) { try guardian.receive(before) }
                #expect(violation?.expected == "weight version \(version)")
                #expect(violation?.found == wrong.map(String.init) ?? "none")
            }
            before.header.weightVersion = version
            try guardian.receive(before)
            guard phase == "train" else { continue }
            try guardian.send(frame("F2", round: round))
            var after = frame("F3", round: round)
            after.header.weightVersion = version
            #expect(throws: ProtocolViolation.self) { try guardian.receive(after) }
            after.header.weightVersion = version + 1
            try guardian.receive(after)
        }
        #expect(guardian.isFinished)
    }

    @Test func framesOfNoWeightsHaveNoVersion() throws {
        var guardian = try Guard(specification, plan: plan, me: label, peer: feature)
        var setup = frame("S0", phase: "setup")
        setup.header.weightVersion = 7
        #expect(throws: ProtocolViolation.self) { try guardian.receive(setup) }
    }

    @Test func aPlanGivesTheFirstVersion() throws {
        var without = plan
        without.dimensions["weight-version"] = nil
        var guardian = try Guard(specification, plan: without, me: label, peer: feature)
        try guardian.receive(frame("S0", phase: "setup"))
        let violation = #expect(throws: ProtocolViolation.self) { try guardian.receive(frame("F1")) }
        #expect(violation?.found == "no value for dimension 'weight-version'")
    }

    @Test func anAnnouncedSizeBindsLaterFrames() throws {
        var guardian = try Guard(specification, plan: plan, me: label, peer: feature)
        var lying = frame("S0", phase: "setup")
        lying.payload[7] = 6
        #expect(throws: ProtocolViolation.self) { try guardian.receive(lying) }
    }

    @Test func aPlanMustFitItsSpecification() {
        var other = plan
        other.version = 2
        #expect(throws: SpecificationError.self) { try Guard(specification, plan: other, me: label, peer: feature) }
        other = plan
        other.runs.append(.init("predict"))
        #expect(throws: SpecificationError.self) { try Guard(specification, plan: other, me: label, peer: feature) }
        other = plan
        other.members.append(.init(feature, role: "label"))
        #expect(throws: SpecificationError.self) { try Guard(specification, plan: other, me: label, peer: feature) }
        other = plan
        other.runs = [.init("train", count: 1 << 61), .init("train", count: 1 << 61)]
        #expect(throws: SpecificationError.self) { try Guard(specification, plan: other, me: label, peer: feature) }
    }

    @Test func aLinkWithoutFramesIsFinishedAtOnceHoweverManyRounds() throws {
        let bystander = try Party("airport")
        var other = plan
        other.members.append(.init(bystander, role: "feature"))
        other.runs.append(.init("train", count: 1 << 60))
        #expect(try Guard(specification, plan: other, me: feature, peer: bystander).isFinished)
        #expect(try !Guard(specification, plan: other, me: feature, peer: label).isFinished)
    }

    @Test(arguments: [
        ("version: 1", "version: zero"), ("kind: tag", "kind: secret"), ("[F3]]", "[F3, F4]]"), ("[[S0]]", "[[]]"),
        ("from: label, ", "from: bank, "), ("shape: rows x width", "shape: rows x depth"), ("key: label, ", ""),
        ("to: label, kind: tag", "to: next, kind: tag"), ("kind: tag, ", "kind: tag, subject: round-before-sender, "),
        ("summary: Two crossing frames, then an answer.", ""), ("leaks: n}", "leaks: n, colour: red}"),
        ("updates: [train]", "updates: [predict]"), ("updates: [train]", "updates: []"),
        (", weight-version: updates before", ""), ("weights: before", "weights: between"),
        ("[[F1]]", "[[F1], [F3]]"),
    ])
    func badSpecifications(original: String, replacement: String) {
        #expect(yaml.contains(original))
        #expect(throws: SpecificationError.self) {
            try ProtocolSpecification(yaml: yaml.replacing(original, with: replacement))
        }
    }

    @Test func meaningIgnoresLayoutAndComments() throws {
        let same = try ProtocolSpecification(
            yaml: "# a comment\n" + yaml.replacing("rows * width", with: "rows  *  width"))
        #expect(same.canonicalMeaning == specification.canonicalMeaning)
        for (original, replacement) in [
            ("scale: 40", "scale: 41"), ("weights: after, ", ""), ("updates: [train]", "updates: [train, score]"),
        ] {
            let other = try ProtocolSpecification(yaml: yaml.replacing(original, with: replacement))
            #expect(other.canonicalMeaning != specification.canonicalMeaning)
        }
        let setup = "  setup: [[S0]]\n"
        let moved = try ProtocolSpecification(
            yaml: yaml.replacing(setup, with: "").replacing("[F3]]\n", with: "[F3]]\n" + setup))
        #expect(moved.canonicalMeaning == specification.canonicalMeaning)
        #expect(specification.phaseOrder == ["setup", "train", "score"])
        #expect(moved.phaseOrder == ["train", "setup", "score"])
    }
}
