public import Auditing
internal import EmbedMatMul
internal import KeyExchange
internal import MatMul
internal import Specification
internal import Unprotected

extension Software {
    /// What an auditor of this build knows of frames that private views open: keys, and products whose randomness follows from the
    /// sender's rows. Those of E3, E4 and G2 to G5, of shares that no view has, it leaves to a replay.
    public static let viewConventions = ViewConventions(
        modulus: { header, payload in
            let isKey = header.protocolName == KeyExchangeProtocol.specification.name && header.kind == .publicKey
            return isKey ? payload : nil
        },
        roundProtocols: [MatMulProtocol.specification.name, UnprotectedProtocol.specification.name],
        product: { header in
            let rounds = MatMulProtocol.specification.name
            switch (header.protocolName, header.step) {
            case (MatMulProtocol.specification.name, "F1"):
                return ProductStatement(
                    .rows, times: ["I3", "B4", "L2"], listedBy: "L1", inRoundsOf: rounds, phase: header.phase)
            case (MatMulProtocol.specification.name, "F2"):
                return ProductStatement(.rows, times: ["I4"], listedBy: nil, inRoundsOf: rounds, phase: header.phase)
            case (MatMulProtocol.specification.name, "B2"):
                return ProductStatement(
                    .columns, times: ["B1"], listedBy: "L1", inRoundsOf: rounds, phase: header.phase)
            case (EmbedMatMulProtocol.specification.name, "E1"):
                return ProductStatement(
                    .lookups, times: ["I1", "G6a", "L2"], listedBy: "L1", inRoundsOf: rounds,
                    phase: header.phase.replacing("joined-", with: ""))
            case (EmbedMatMulProtocol.specification.name, "E2"):
                return ProductStatement(
                    .lookups, times: ["I5", "G6e", "L4"], listedBy: "L3", inRoundsOf: rounds,
                    phase: header.phase.replacing("joined-", with: ""))
            default: return nil
            }
        })
}
