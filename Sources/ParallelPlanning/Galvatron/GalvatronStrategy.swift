/// How one layer is trained on graphics processors, in Galvatron's space: pipeline, tensor or (Ulysses) sequence
/// parallelism, and data parallelism with optimiser's states in whole, sharded, or sharded with the parameters.
public struct GalvatronStrategy: Hashable, Sendable {
    /// What data parallel devices share.
    public enum DataKind: Int, Sendable {
        /// Everything is kept by each.
        case replicated
        /// Gradients and optimiser's states are sharded (ZeRO-2).
        case stateSharded
        /// Parameters are, too (ZeRO-3).
        case sharded
    }

    /// Stages of the pipeline.
    public var pipeline: Int
    /// Degree of tensor parallelism.
    public var tensor: Int
    /// Degree of sequence parallelism; 1 if there is tensor parallelism.
    public var sequence: Int
    /// Degree of data parallelism.
    public var data: Int
    /// What the data parallel devices share.
    public var dataKind: DataKind
    /// Whether activations are computed again on the way back; false where this says nothing, as for embeddings.
    public var recomputes: Bool

    /// Tensor or sequence parallelism, whichever there is.
    public var model: Int { max(tensor, sequence) }
    /// Over how many devices states are sharded.
    public var sharing: Int { data * sequence }

    /// As Galvatron writes it: stages, model parallelism with an asterisk, data parallelism with an f for ZeRO-3, then
    /// c for recomputation and sp for sequence parallelism.
    public var label: String {
        "\(pipeline)-\(model)\(model > 1 ? "*" : "")-\(data)\(dataKind == .sharded ? "f" : "")"
            + (recomputes ? "-c" : "") + (sequence > 1 ? "-sp" : "")
    }

    /// All strategies of layers on so many devices, in the order that ties are decided by.
    ///
    /// - Parameters:
    ///   - devices: A power of two.
    ///   - layers: No pipeline has more stages.
    public static func all(devices: Int, layers: Int) -> [GalvatronStrategy] {
        let degrees = (0..<Int.bitWidth - 2).map { 1 << $0 }.prefix { $0 <= devices }
        var strategies: Set<GalvatronStrategy> = []
        for pipeline in degrees where pipeline <= layers {
            for model in degrees where model * pipeline <= devices {
                let data = devices / pipeline / model
                for kind in data == 1 ? [DataKind.replicated] : [.stateSharded, .sharded] {
                    for recomputes in [false, true] {
                        for (tensor, sequence) in [(model, 1), (1, model)] {
                            strategies.insert(
                                GalvatronStrategy(
                                    pipeline: pipeline, tensor: tensor, sequence: sequence, data: data,
                                    dataKind: kind, recomputes: recomputes))
                        }
                    }
                }
            }
        }
        return strategies.sorted()
    }

    /// The same for the embedding and the head, which are never recomputed.
    var ofEmbedding: GalvatronStrategy {
        var strategy = self
        strategy.recomputes = false
        return strategy
    }
}

extension GalvatronStrategy: Comparable {
    /// By stages, tensor, sequence and data parallelism, kind and recomputation, in this order.
    public static func < (a: GalvatronStrategy, b: GalvatronStrategy) -> Bool {
        a.order.lexicographicallyPrecedes(b.order)
    }

    private var order: [Int] { [pipeline, tensor, sequence, data, dataKind.rawValue, recomputes ? 1 : 0] }
}
