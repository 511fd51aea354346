package import Arithmetic
package import Cryptography
package import MatMul
package import Paillier
package import SourceLayers
package import Specification

/// The real roles of a MatMul layer with one feature party, in one process: frames go from one to the other in memory.
package struct TwoParties<Key: AdditiveKey> {
    package let label: Party
    package let feature: Party
    package private(set) var labelRole: MatMulLabelParty<Key>
    package private(set) var featureRole: MatMulFeatureParty<Key>
    /// All frames, as they were sent.
    package private(set) var sent: [Frame] = []
    private var outputs: [MatMulOutput] = []

    /// Roles that have not begun.
    ///
    /// - Parameters:
    ///   - keys: Each party's own.
    ///   - sources: Each party's own.
    package init(
        _ parameters: MatMulParameters, keys: (label: Key, feature: Key),
        shares: (label: MatMulLabelShares, feature: MatMulFeatureShares),
        sources: (label: any RandomSource, feature: any RandomSource)
    ) throws {
        label = parameters.label.party
        feature = parameters.features[0].party
        labelRole = try MatMulLabelParty(
            parameters, key: keys.label, featureKeys: [feature: keys.feature.cipher], shares: shares.label,
            random: sources.label)
        featureRole = try MatMulFeatureParty(
            feature, parameters, key: keys.feature, labelKey: keys.label.cipher, shares: shares.feature,
            random: sources.feature, pairRandom: [:])
    }

    /// Exchanges encrypted shares.
    package mutating func start() throws {
        try deliver(labelRole.start() + featureRole.start())
    }

    /// Z of a batch, as the label party opens it.
    package mutating func forward(
        label rows: Matrix<Int64>, feature featureRows: Matrix<Int64>, in phase: LayerPhase
    ) throws -> Matrix<Int64> {
        outputs = []
        try deliver(labelRole.forward(rows: rows, in: phase) + featureRole.forward(rows: featureRows, in: phase))
        for case .opened(let z) in outputs { return z }
        throw SourceLayerError.outOfTurn(event: "the end of a forward pass without Z")
    }

    /// The update of all shares.
    package mutating func backward(dZ: Matrix<Int64>) throws { try deliver(labelRole.backward(dZ: dZ)) }

    /// Carries out actions, and all that follow from them; each party has one partner, so a frame's turn is its place.
    private mutating func deliver(_ actions: [Action<MatMulOutput>]) throws {
        var waiting: [Party: [Frame]] = [:]
        func carryOut(_ actions: [Action<MatMulOutput>], _ parties: inout Self) {
            for action in actions {
                switch action {
                case .output(let output): parties.outputs.append(output)
                case .send(let frame, let receiver):
                    parties.sent.append(frame)
                    waiting[receiver, default: []].append(frame)
                case .proceed: break  // source layers answer at once
                }
            }
        }
        carryOut(actions, &self)
        while true {
            if labelRole.awaiting != nil, let frame = waiting[label]?.first {
                waiting[label]?.removeFirst()
                carryOut(try labelRole.receive(frame, from: feature), &self)
            } else if featureRole.awaiting != nil, let frame = waiting[feature]?.first {
                waiting[feature]?.removeFirst()
                carryOut(try featureRole.receive(frame, from: label), &self)
            } else {
                return
            }
        }
    }
}
