import EmbedMatMul
import ProtocolTesting
import Shares
import Specification
import Testing

@Suite struct SpecificationTests {
    @Test func theReadmesTableIsTheSpecifications() throws {
        #expect(
            try Readme.text(of: "EmbedMatMul").contains(Readme.table(of: EmbedMatMulProtocol.specification)))
    }

    /// Sizes at 2048 bits, width 1, dimension 8, 128 rows, 200 and 20 categories in 5 and 2 fields: the README's example.
    @Test func theReadmesExample() throws {
        let (label, partner) = (try Party("label"), try Party("partner"))
        let parameters = try EmbedMatMulParameters(
            label: .init(label, fields: 2, tableRows: 20), features: [.init(partner, fields: 5, tableRows: 200)],
            partner: partner, dimension: 8, width: 1, keyBits: 2048, attempt: 0)
        let plan = try parameters.plan([.init(.train, rows: 128), .init(.evaluate, rows: 128)])
        #expect(plan.dimensions["forward-slot-bits[partner]"] == 385)
        #expect(plan.dimensions["lookup-slot-bits"] == 249)
        #expect(plan.dimensions["weight-slot-bits"] == 279)
        #expect(plan.dimensions["table-slot-bits"] == 284)
        var guardian = try Guard(EmbedMatMulProtocol.specification, plan: plan, me: label, peer: partner)
        var sums = ["setup": 0, "train": 0, "evaluate": 0]

        /// Step, sender, shape, slot bits, slots, payload.
        typealias Row = (String, Party, [Int], Int, Int, Int)
        func accept(_ phase: String, _ rows: [Row]) throws {
            for (step, sender, shape, slotBits, slots, bytes) in rows {
                let isFresh = step.hasPrefix("I") || step.hasPrefix("G1") || step.hasPrefix("G6")
                let receiver = sender == label ? partner : label
                let isTwenty = isFresh && step != "G1c" || ["E1", "E2"].contains(step)
                let header = FrameHeader(
                    protocolName: "embed-matmul", phase: phase, round: 0, step: step,
                    kind: step == "E5" ? .maskedShare : .ciphertext,
                    keyOwner: step == "E5" ? nil : isFresh ? sender : receiver,
                    weightVersion: phase == "evaluate" || step.hasPrefix("G6") ? 1 : 0, shape: shape,
                    scale: isTwenty ? 20 : 40, slotBits: slotBits, slots: slots)
                try guardian.accept(header, length: bytes, from: sender, announced: nil)
                sums[phase, default: 0] += bytes
            }
        }
        func copies(_ names: [String]) -> [Row] {
            [
                (names[0], label, [200, 8], 249, 8, 102_400), (names[1], label, [40, 1], 385, 5, 20_480),
                (names[2], label, [16, 1], 385, 5, 8_192), (names[3], partner, [40, 1], 385, 5, 20_480),
                (names[4], partner, [20, 8], 249, 8, 10_240), (names[5], partner, [16, 1], 385, 5, 8_192),
                (names[6], partner, [2, 8], 284, 7, 2_048),
            ]
        }
        let forward: [Row] = [
            ("E1", partner, [640, 8], 249, 8, 327_680), ("E2", label, [256, 8], 249, 8, 131_072),
            ("E3", partner, [128, 1], 385, 5, 13_312), ("E4", label, [128, 1], 385, 5, 13_312),
            ("E5", partner, [128, 1], 0, 0, 2_048),
        ]
        try accept("setup", copies((1...7).map { "I\($0)" }))
        try accept("train", forward)
        try accept(
            "train",
            [
                ("G1a", label, [128, 1], 279, 7, 65_536), ("G1b", label, [128, 1], 0, 1, 65_536),
                ("G1c", label, [640, 8], 284, 7, 655_360), ("G2", partner, [40, 1], 279, 7, 3_072),
                ("G3", partner, [16, 1], 279, 7, 1_536), ("G4", partner, [200, 8], 284, 7, 204_800),
                ("G5", label, [20, 8], 284, 7, 20_480),
            ])
        try accept("train", copies("abcdefg".map { "G6\($0)" }))
        try accept("evaluate", forward)
        #expect(guardian.isFinished)
        #expect(sums == ["setup": 172_032, "train": 1_675_776, "evaluate": 487_424])
    }

    /// A feature party that is not the partner has nothing to do with the label party's table; feature parties are silent to
    /// each other.
    @Test func onlyThePartnerSharesTheLabelPartysTable() throws {
        let (label, feature, partner) = (try Party("label"), try Party("feature"), try Party("partner"))
        let parameters = try EmbedMatMulParameters(
            label: .init(label, fields: 1, tableRows: 2),
            features: [.init(feature, fields: 1, tableRows: 3), .init(partner, fields: 1, tableRows: 3)],
            partner: partner, dimension: 1, width: 1, keyBits: 2048, attempt: 0)
        let plan = try parameters.plan([.init(.train, rows: 2)])
        let specification = EmbedMatMulProtocol.specification
        #expect(plan.role(of: feature) == "feature" && plan.role(of: partner) == "partner")
        #expect(try Guard(specification, plan: plan, me: feature, peer: partner).isFinished)
        let first = try Guard(specification, plan: plan, me: feature, peer: label).position
        #expect(first?.outgoing == "I4" && first?.incoming == "I1")
        for step in ["I3", "I5", "I6", "I7", "E2", "G3", "G5", "G6c", "G6e", "G6f", "G6g"] {
            let message = try #require(specification.messages[step])
            #expect([message.from.name, message.to.name].sorted() == ["label", "partner"])
        }
    }

    /// Without fields at the label party nobody is the partner, and what it would send and take does not cross any link.
    @Test func aLabelPartyWithoutFieldsHasNoPartner() throws {
        let (label, feature) = (try Party("label"), try Party("feature"))
        let parameters = try EmbedMatMulParameters(
            label: .init(label, fields: 0, tableRows: 0), features: [.init(feature, fields: 2, tableRows: 5)],
            partner: nil, dimension: 1, width: 1, keyBits: 2048, attempt: 0)
        let plan = try parameters.plan([.init(.train, rows: 2)])
        #expect(plan.members.map(\.role) == ["label", "feature"])
        #expect(plan.dimensions["forward-slot-bits[feature]"] == 385)
    }

    /// Joined phases are those of the layer's own opening without E5.
    @Test func joinedPhasesLackTheOpeningAlone() {
        let phases = EmbedMatMulProtocol.specification.phases
        for phase in ["train", "evaluate"] {
            #expect(phases["joined-\(phase)"] == phases[phase]?.filter { $0 != ["E5"] })
        }
    }

    /// Listed phases begin with lists and the rows that they name; no copy of a whole table is sent in any of them.
    @Test func listedPhasesSendNoTables() {
        let phases = EmbedMatMulProtocol.specification.phases
        let copies: Set = ["I1", "I5", "G6a", "G6e"]
        func withoutTables(_ phase: String) -> [[String]]? {
            phases[phase]?.map { $0.filter { !copies.contains($0) } }
        }
        #expect(phases["listed-setup"] == withoutTables("setup"))
        for phase in ["train", "evaluate", "joined-train", "joined-evaluate"] {
            #expect(phases["listed-\(phase)"] == withoutTables(phase).map { [["L1", "L3"], ["L2", "L4"]] + $0 })
        }
    }

    @Test func theOpeningNamesThePhases() throws {
        let feature = try Party("feature")
        func plan(_ opening: EmbedMatMulParameters.Opening, listed: [Party: Int]?) throws -> SessionPlan {
            try EmbedMatMulParameters(
                label: .init(Party("label"), fields: 0, tableRows: 0),
                features: [.init(feature, fields: 1, tableRows: 9)], partner: nil, dimension: 1, width: 1,
                keyBits: 2048, attempt: 0, opening: opening, listed: listed
            ).plan([.init(.train, rows: 2), .init(.evaluate, rows: 3)])
        }
        let joined = try plan(.joined, listed: nil)
        #expect(joined.runs.map(\.phase) == ["setup", "joined-train", "joined-evaluate"])
        #expect(joined.dimensions["updated-rows[feature]"] == 9)
        let listed = try plan(.own, listed: [feature: 4])
        #expect(listed.runs.map(\.phase) == ["listed-setup", "listed-train", "listed-evaluate"])
        #expect(listed.dimensions["updated-rows[feature]"] == 4)
        let both = try plan(.joined, listed: [feature: 4])
        #expect(both.runs.map(\.phase) == ["listed-setup", "listed-joined-train", "listed-joined-evaluate"])
    }

    @Test func sizesWithoutAProofHaveNoPlan() throws {
        let parameters = try EmbedMatMulParameters(
            label: .init(Party("label"), fields: 1, tableRows: 1),
            features: [.init(Party("feature"), fields: 1, tableRows: 1)],
            partner: Party("feature"), dimension: 1, width: 1, keyBits: 2048, attempt: 0)
        for rows in [0, 257] {
            #expect(throws: SharesError.unboundedSize(rows, limit: 256)) {
                try parameters.plan([.init(.train, rows: rows)])
            }
        }
        _ = try parameters.plan([.init(.train, rows: 256), .init(.evaluate, rows: 1000)])
    }
}
