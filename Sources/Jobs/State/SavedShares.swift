internal import Arithmetic
internal import EmbedMatMul
internal import MatMul
internal import Shares
internal import SourceLayers
internal import Specification

// What roles hold of the layers, by the names under which a model's half and a checkpoint keep it. Only a checkpoint keeps velocities:
// a model that is read again predicts, and learns no further.

/// One party's shares of the layers, all of one moment.
struct SavedShares: Sendable {
    /// How many updates they have had: other parties' shares belong to them if they have had as many.
    var version: Int
    /// The public factor of weight decay that MatMul's shares are multiplied with, at scale 2^40.
    var alpha = ShareOptimiser.wholeAlpha
    /// By name.
    var named: [String: ModelHalf.SavedShare] = [:]
    /// By the same names, the shares of the velocities; of those alone that have moved with momentum.
    var velocities: [String: Velocity] = [:]

    /// By row, as `TrainedShare` has it.
    typealias Velocity = [Int: [Integer]]

    /// These and those of another layer of the same model.
    ///
    /// - Throws: ``RunError`` where the layers have had different numbers of updates.
    func merging(_ other: SavedShares) throws -> SavedShares {
        guard version == other.version else {
            throw RunError(
                .internalError, "layers of one model have had \(version) and \(other.version) updates")
        }
        return SavedShares(
            version: version, alpha: min(alpha, other.alpha), named: named.merging(other.named) { first, _ in first },
            velocities: velocities.merging(other.velocities) { first, _ in first })
    }
}

extension SavedShares {
    /// A share modulo 2^64.
    fileprivate func narrow(_ name: String) throws -> WeightShare {
        moving(WeightShare(try matrix(name, width: 8).map { Int64($0) }), name)
    }

    /// A share modulo 2^128.
    fileprivate func wide(_ name: String) throws -> WideWeightShare {
        moving(WideWeightShare(try matrix(name, width: 16)), name)
    }

    private func moving<Element>(_ share: TrainedShare<Element>, _ name: String) -> TrainedShare<Element> {
        var share = share
        share.velocity = velocities[name] ?? [:]
        return share
    }

    private func matrix(_ name: String, width: Int) throws -> Matrix<Int128> {
        guard let share = named[name], share.width == width else {
            throw RunError(.badData, "the model's half has no share '\(name)'")
        }
        return share.matrix
    }

    fileprivate mutating func add(_ part: EmbedMatMulPart, _ name: String) {
        named["embed/table/\(name)"] = .init(part.table.value)
        named["embed/weights/\(name)"] = .init(part.weights.value)
        add(part.table.velocity, "embed/table/\(name)")
        add(part.weights.velocity, "embed/weights/\(name)")
    }

    fileprivate mutating func add(_ velocity: Velocity, _ name: String) {
        if !velocity.isEmpty { velocities[name] = velocity }
    }

    fileprivate func part(_ name: String) throws -> EmbedMatMulPart {
        EmbedMatMulPart(table: try wide("embed/table/\(name)"), weights: try wide("embed/weights/\(name)"))
    }
}

extension MatMulFeatureShares {
    var saved: SavedShares {
        var saved = SavedShares(
            version: version, alpha: optimiser.alpha,
            named: ["matmul/own": .init(weights.value), "matmul/label": .init(labelWeights)])
        saved.add(weights.velocity, "matmul/own")
        return saved
    }

    init(saved: SavedShares, optimiser: ShareOptimiser) throws {
        self.init(
            weights: try saved.narrow("matmul/own"), labelWeights: try saved.narrow("matmul/label").value,
            optimiser: optimiser, version: saved.version)
    }
}

extension MatMulLabelShares {
    func saved(_ features: [Party]) -> SavedShares {
        var saved = SavedShares(
            version: version, alpha: optimiser.alpha, named: ["matmul/own": .init(weights.value)])
        saved.add(weights.velocity, "matmul/own")
        for (party, share) in zip(features, featureWeights) {
            saved.named["matmul/\(party)"] = .init(share.value)
            saved.add(share.velocity, "matmul/\(party)")
        }
        return saved
    }

    init(saved: SavedShares, features: [Party], optimiser: ShareOptimiser) throws {
        self.init(
            weights: try saved.narrow("matmul/own"),
            featureWeights: try features.map { try saved.narrow("matmul/\($0)") }, optimiser: optimiser,
            version: saved.version)
    }
}

extension EmbedMatMulFeatureShares {
    var saved: SavedShares {
        var saved = SavedShares(version: version)
        saved.add(own, "own")
        if let label { saved.add(label, "label") }
        return saved
    }

    init(saved: SavedShares, isPartner: Bool, optimiser: ShareOptimiser) throws {
        self.init(
            own: try saved.part("own"), label: isPartner ? try saved.part("label") : nil, optimiser: optimiser,
            version: saved.version)
    }
}

extension EmbedMatMulLabelShares {
    func saved(_ features: [Party]) -> SavedShares {
        var saved = SavedShares(version: version)
        if let own { saved.add(own, "own") }
        for (party, part) in zip(features, self.features) { saved.add(part, "\(party)") }
        return saved
    }

    init(saved: SavedShares, hasOwn: Bool, features: [Party], optimiser: ShareOptimiser) throws {
        self.init(
            own: hasOwn ? try saved.part("own") : nil, features: try features.map { try saved.part("\($0)") },
            optimiser: optimiser, version: saved.version)
    }
}
