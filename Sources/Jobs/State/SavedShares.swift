internal import Arithmetic
internal import EmbedMatMul
internal import MatMul
internal import Shares
internal import SourceLayers
internal import Specification

// What roles hold of the layers, by the names under which a model's half keeps it. Velocities are not kept: a model that is
// read again predicts, and learns no further.

/// Shares by name.
typealias SavedShares = [String: ModelHalf.SavedShare]

extension SavedShares {
    /// A share modulo 2^64.
    fileprivate func narrow(_ name: String) throws -> WeightShare {
        WeightShare(try matrix(name, width: 8).map { Int64($0) })
    }

    /// A share modulo 2^128.
    fileprivate func wide(_ name: String) throws -> WideWeightShare { WideWeightShare(try matrix(name, width: 16)) }

    private func matrix(_ name: String, width: Int) throws -> Matrix<Int128> {
        guard let share = self[name], share.width == width else {
            throw RunError(.badData, "the model's half has no share '\(name)'")
        }
        return share.matrix
    }

    fileprivate init(_ part: EmbedMatMulPart, _ name: String) {
        self = ["embed/table/\(name)": .init(part.table.value), "embed/weights/\(name)": .init(part.weights.value)]
    }

    fileprivate func part(_ name: String) throws -> EmbedMatMulPart {
        EmbedMatMulPart(table: try wide("embed/table/\(name)"), weights: try wide("embed/weights/\(name)"))
    }
}

extension MatMulFeatureShares {
    var saved: SavedShares { ["matmul/own": .init(weights.value), "matmul/label": .init(labelWeights)] }

    init(saved: SavedShares, optimiser: ShareOptimiser) throws {
        self.init(
            weights: try saved.narrow("matmul/own"), labelWeights: try saved.narrow("matmul/label").value,
            optimiser: optimiser)
    }
}

extension MatMulLabelShares {
    func saved(_ features: [Party]) -> SavedShares {
        var saved: SavedShares = ["matmul/own": .init(weights.value)]
        for (party, share) in zip(features, featureWeights) { saved["matmul/\(party)"] = .init(share.value) }
        return saved
    }

    init(saved: SavedShares, features: [Party], optimiser: ShareOptimiser) throws {
        self.init(
            weights: try saved.narrow("matmul/own"),
            featureWeights: try features.map { try saved.narrow("matmul/\($0)") }, optimiser: optimiser)
    }
}

extension EmbedMatMulFeatureShares {
    var saved: SavedShares {
        var saved = SavedShares(own, "own")
        if let label { saved.merge(SavedShares(label, "label")) { first, _ in first } }
        return saved
    }

    init(saved: SavedShares, isPartner: Bool, optimiser: ShareOptimiser) throws {
        self.init(own: try saved.part("own"), label: isPartner ? try saved.part("label") : nil, optimiser: optimiser)
    }
}

extension EmbedMatMulLabelShares {
    func saved(_ features: [Party]) -> SavedShares {
        zip(features, self.features).reduce(into: own.map { SavedShares($0, "own") } ?? [:]) { saved, feature in
            saved.merge(SavedShares(feature.1, "\(feature.0)")) { first, _ in first }
        }
    }

    init(saved: SavedShares, hasOwn: Bool, features: [Party], optimiser: ShareOptimiser) throws {
        self.init(
            own: hasOwn ? try saved.part("own") : nil, features: try features.map { try saved.part("\($0)") },
            optimiser: optimiser)
    }
}
