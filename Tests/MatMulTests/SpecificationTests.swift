import MatMul
import ProtocolTesting
import Shares
import Specification
import Testing

@Suite struct SpecificationTests {
    @Test func theReadmesTableIsTheSpecifications() throws {
        #expect(try Readme.text(of: "MatMul").contains(Readme.table(of: MatMulProtocol.specification)))
    }

    /// Sizes of one training round at 3072 bits, width 1, 128 rows and 9 columns: the README's example.
    @Test func theReadmesExample() throws {
        let (label, feature) = (try Party("label"), try Party("feature"))
        let parameters = try MatMulParameters(
            label: .init(label, columns: 5), features: [.init(feature, columns: 9)], width: 1, keyBits: 3072, attempt: 0
        )
        let plan = try parameters.plan([.init(.train, rows: 128)])
        #expect(plan.dimensions["forward-slot-bits[feature]"] == 218)
        #expect(plan.runs.last?.dimensions == ["rows": 128, "gradient-slot-bits": 175])
        var guardian = try Guard(MatMulProtocol.specification, plan: plan, me: label, peer: feature)
        var sum = 0
        for (step, sender, shape, slots, bytes) in [
            ("I3", label, [9, 1], 14, 6_912), ("I4", feature, [5, 1], 14, 3_840), ("F1", feature, [128, 1], 14, 7_680),
            ("F2", label, [128, 1], 14, 7_680), ("F3", feature, [128, 1], 0, 1_024),
            ("B1", label, [128, 1], 17, 98_304),
            ("B2", feature, [9, 1], 17, 768), ("B4", label, [9, 1], 14, 6_912),
        ] {
            let owner = ["I4", "F2"].contains(step) ? feature : step == "F3" ? nil : label
            let header = FrameHeader(
                protocolName: "matmul", phase: step.hasPrefix("I") ? "setup" : "train", round: 0, step: step,
                kind: owner == nil ? .maskedShare : .ciphertext, keyOwner: owner,
                weightVersion: step == "B4" ? 1 : 0, shape: shape,
                scale: ["I3", "I4", "B1", "B4"].contains(step) ? 20 : 40,
                slotBits: slots == 17 ? 175 : slots == 14 ? 218 : 0, slots: slots)
            try guardian.accept(header, length: bytes, from: sender, announced: nil)
            if header.phase == "train" { sum += bytes }
        }
        #expect(guardian.isFinished)
        #expect(sum == 122_368)
    }

    @Test func sizesWithoutAProofHaveNoPlan() throws {
        let parameters = try MatMulParameters(
            label: .init(Party("label"), columns: 1), features: [.init(Party("feature"), columns: 1)], width: 1,
            keyBits: 2048, attempt: 0)
        #expect(throws: SharesError.unboundedSize(0, limit: 1 << 17)) { try parameters.plan([.init(.train, rows: 0)]) }
        #expect(throws: SharesError.self) { try parameters.plan([.init(.train, rows: 1 << 17 + 1)]) }
    }
}
