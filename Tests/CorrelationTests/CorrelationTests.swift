import Correlation
import Cryptography
import Link
import Paillier
import ProtocolTesting
import Shares
import Specification
import StatisticsWire
import Testing

@Suite struct CorrelationTests {
    /// Fixed point is off by less than 2.4e-7, whatever the columns; numbers in the clear by rounding.
    private func expect(_ found: [[Double]]?, _ expected: [[Double]], within error: Double) throws {
        let found = try #require(found)
        #expect(found.map(\.count) == expected.map(\.count))
        for (one, other) in zip(found.joined(), expected.joined()) { #expect(abs(one - other) < error) }
    }

    @Test(arguments: [true, false], [[3, 2], [3, 2, 12], [0, 1, 2], [1, 12, 1, 3]])
    func correlationsAreThoseOfOnePlace(isProtected: Bool, counts: [Int]) throws {
        let study = try Study(columns: counts, isProtected: isProtected)
        let error = isProtected ? 2.4e-7 : 1e-12
        for owner in study.features {
            let stage = try study.run(owner: owner)
            #expect(stage.isFinished)
            guard case .label(let found)? = stage.outputs[Study.label]?.first else {
                Issue.record("the label party learns nothing")
                continue
            }
            try expect(found.within, study.correlations(owner, owner), within: 1e-12)
            if counts[0] > 0 { try expect(found.withLabel, study.correlations(Study.label, owner), within: error) }
            let partners = study.parameters(of: owner).partners.map(\.party)
            #expect(Set(found.withPartners.keys) == Set(partners))
            for partner in partners {
                try expect(found.withPartners[partner], study.correlations(partner, owner), within: error)
            }
            #expect(found.informationValues == study.values(of: owner))
            for other in [owner] + partners { #expect(stage.outputs[other] == [.done]) }
        }
    }

    /// Columns that all but one row keep at their mean have the largest numbers that there can be.
    @Test func columnsOfOneRowFitTheirSlots() throws {
        var study = try Study(columns: [2, 2, 1], rows: 200)
        let marks = [unit((0..<200).map { $0 == 5 ? 1 : 0 }), unit((0..<200).map { $0 == 5 ? -1e6 : 0 })]
        study.columns = [Study.label: marks, study.features[0]: marks, study.features[1]: [marks[1]]]
        guard case .label(let found)? = try study.run(owner: study.features[0]).outputs[Study.label]?.first else {
            Issue.record("the label party learns nothing")
            return
        }
        try expect(found.withLabel, [[1, -1], [-1, 1]], within: 2.4e-7)
        try expect(found.withPartners[study.features[1]], [[-1, 1]], within: 2.4e-7)
    }

    @Test func nothingInTheClearCrossesButWhatIsOpened() throws {
        let study = try Study(columns: [3, 2, 2])
        let stage = try study.run(owner: study.features[0])
        func steps(_ sender: Party, _ receiver: Party) -> [String] {
            (stage.sentOnRoute[Route(sender: sender, receiver: receiver)] ?? []).map(\.header.step)
        }
        let (owner, partner) = (study.features[0], study.features[1])
        #expect(steps(owner, Study.label) == ["C1", "C3", "C7", "C8", "C9"])
        #expect(steps(Study.label, owner) == ["C2"])
        #expect(steps(owner, partner) == ["C4"] && steps(partner, owner) == ["C5"])
        #expect(steps(partner, Study.label) == ["C6"] && steps(Study.label, partner) == [])
        // The same ciphertexts for all: what costs most is done once.
        let (first, fourth) = (
            stage.sent.first { $0.header.step == "C1" }, stage.sent.first { $0.header.step == "C4" }
        )
        #expect(first?.payload == fourth?.payload)
    }

    @Test func masksAndRandomnessBelongToOneAttemptAndOneOwner() throws {
        func payloads(_ attempt: Int, _ place: Int) throws -> [[UInt8]] {
            let study = try Study(columns: [2, 2, 2], attempt: attempt)
            return try study.run(owner: study.features[place]).sent.filter {
                ["C1", "C2", "C3", "C5", "C6", "C7"].contains($0.header.step)
            }.map(\.payload)
        }
        let (first, again, second, other) = (
            try payloads(0, 0), try payloads(0, 0), try payloads(1, 0), try payloads(0, 1)
        )
        #expect(first == again)
        #expect(zip(first, second).allSatisfy { $0 != $1 })
        #expect(Set(first).isDisjoint(with: other))
    }

    @Test func theReadmeHasTheSpecificationsTable() throws {
        #expect(try Readme.text(of: "Correlation").contains(Readme.table(of: CorrelationProtocol.specification)))
    }

    // MARK: - Refusals

    private func changing(
        _ step: String, _ study: Study, _ change: @escaping (inout Frame) -> Void
    ) throws -> Rehearsal<Study.Output> {
        try study.run(owner: study.features[0]) { frame, _, _ in
            var frame = frame
            if frame.header.step == step { change(&frame) }
            return frame
        }
    }

    @Test func whatIsNoCiphertextIsRefused() throws {
        let study = try Study()
        let (owner, partner) = (study.features[0], study.features[1])
        for (step, blamed) in [("C1", owner), ("C2", Study.label), ("C4", owner), ("C5", partner)] {
            let error = StatisticsError.invalidCiphertext(of: blamed, step: step, .ciphertext(index: 0, .outOfRange))
            #expect(error.abortReason == .ciphertextInvalid && error.blamedParty == blamed)
            #expect(throws: error) {
                try changing(step, study) { frame in for index in 0..<512 { frame.payload[index] = 0 } }
            }
        }
    }

    /// A share with another high half is no correlation.
    @Test func numbersThatAreNoCorrelationsAreRefused() throws {
        for step in ["C3", "C6", "C7"] {
            #expect(throws: ProtocolViolation.self, "\(step)") {
                try changing(step, Study()) { $0.payload[0] ^= 1 }
            }
        }
        for step in ["C8", "U3"] {
            #expect(throws: ProtocolViolation.self, "\(step)") {
                try changing(step, Study(isProtected: step == "C8")) { frame in
                    frame.payload.replaceSubrange(0..<8, with: [0x40, 0, 0, 0, 0, 0, 0, 0])
                }
            }
        }
        for step in ["C8", "C9", "U1", "U2"] {
            #expect(throws: ProtocolViolation.self, "\(step)") {
                try changing(step, Study(isProtected: step.hasPrefix("C"))) { frame in
                    frame.payload.replaceSubrange(0..<8, with: [0x7F, 0xF0, 0, 0, 0, 0, 0, 0])
                }
            }
        }
    }

    @Test func eventsOutOfTurnAreRefused() throws {
        let study = try Study()
        let (first, second) = (study.features[0], study.features[1])
        var owner = try study.owner(first)
        let stray = Frame(
            header: FrameHeader(
                protocolName: "correlation", phase: "with-label", round: 0, step: "C2", kind: .ciphertext,
                shape: [3, 2]),
            payload: [])
        #expect(throws: ProtocolViolation.self) { try owner.receive(stray, from: Study.label) }
        _ = try owner.start()
        #expect(throws: StatisticsError.outOfTurn(event: "start")) { try owner.start() }
        #expect(throws: ProtocolViolation.self) { try owner.receive(stray, from: second) }
        var label = try study.labelParty(owner: first)
        #expect(throws: ProtocolViolation.self) { try label.receive(stray, from: first) }
        var partner = try study.partner(second, owner: first)
        #expect(throws: ProtocolViolation.self) { try partner.receive(stray, from: Study.label) }
    }

    @Test func inputsOfOtherSizesAreRefused() throws {
        let study = try Study()
        let (first, second) = (study.features[0], study.features[1])
        for columns in [[[Double](repeating: 0.1, count: 37)], [[1]], [[Double](repeating: .nan, count: 37)]] {
            #expect(throws: StatisticsError.self) { try UnitColumns(columns, rows: 37) }
        }
        let parameters = study.parameters(of: first)
        let (one, key) = (try UnitColumns([unit((0..<37).map(Double.init))], rows: 37), Study.key(first))
        let source = study.source(of: first)
        #expect(throws: StatisticsError.self) {
            try CorrelationOwner(parameters, key: key, columns: one, informationValues: [0], random: source)
        }
        #expect(throws: StatisticsError.self) {
            try CorrelationOwner(
                parameters, key: key, columns: study.unitColumns(of: first), informationValues: [0], random: source)
        }
        #expect(throws: StatisticsError.keySize(expected: 2048, found: nil)) {
            try CorrelationOwner<PrivateKey>(
                parameters, key: nil, columns: study.unitColumns(of: first), informationValues: [0, 0], random: source)
        }
        #expect(throws: StatisticsError.self) {
            try CorrelationLabelParty(parameters, ownerKey: key.cipher, columns: one, random: source)
        }
        #expect(throws: StatisticsError.self) {
            try CorrelationPartner(second, parameters, ownerKey: key.cipher, columns: one, random: source)
        }
        #expect(throws: StatisticsError.keySize(expected: 2048, found: nil)) {
            try CorrelationPartner<PublicKey>(
                second, parameters, ownerKey: nil, columns: study.unitColumns(of: second), random: source)
        }
    }
}
