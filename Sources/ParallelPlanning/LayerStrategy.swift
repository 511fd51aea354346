/// How one layer is spread over the ranks of its stage.
public struct LayerStrategy: Hashable, Codable, Sendable {
    /// Degree of tensor parallelism: over so many ranks the layer's matrices are split.
    public var tensor: Int
    /// Degree of data parallelism: over so many ranks the sequences are split. `tensor * data` are the ranks of the
    /// stage.
    public var data: Int
    /// Parameters, gradients and the optimiser's state are sharded over the data parallel ranks (ZeRO-3), which gather
    /// parameters where they are used; else each has all of them.
    public var sharded: Bool
    /// Activations are not kept but computed again on the way back.
    public var recomputes: Bool
    /// The ranks of a tensor parallel group are neighbours; else those of a data parallel group are. True where there
    /// is only one kind.
    public var consecutive: Bool

    /// A strategy; `sharded` and `consecutive` are set to what they are where they make no difference.
    public init(tensor: Int, data: Int, sharded: Bool = false, recomputes: Bool = false, consecutive: Bool = true) {
        self.tensor = tensor
        self.data = data
        self.sharded = sharded && data > 1
        self.recomputes = recomputes
        self.consecutive = consecutive || tensor == 1 || data == 1
    }

    /// The ranks that work together on a layer.
    public var ranks: Int { tensor * data }

    /// Such as `T2 D4 sharded recomputed`; the kind whose ranks are neighbours comes first.
    public var label: String {
        var words: [String] = []
        if tensor > 1 { words.append("T\(tensor)") }
        if data > 1 { words.append("D\(data)") }
        if !consecutive { words.reverse() }
        if words.isEmpty { words.append("alone") }
        if sharded { words.append("sharded") }
        if recomputes { words.append("recomputed") }
        return words.joined(separator: " ")
    }

    /// The ranks, counted from the stage's first one, of each tensor parallel group, by position in the data parallel
    /// group.
    public var tensorGroups: [[Int]] {
        (0..<data).map { part in (0..<tensor).map { consecutive ? part * tensor + $0 : $0 * data + part } }
    }

    /// The ranks, counted from the stage's first one, of each data parallel group, by position in the tensor parallel
    /// group.
    public var dataGroups: [[Int]] {
        (0..<tensor).map { part in (0..<data).map { consecutive ? $0 * tensor + part : part * data + $0 } }
    }
}
