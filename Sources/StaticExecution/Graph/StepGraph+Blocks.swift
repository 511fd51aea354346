extension StepGraph {
    /// One block of a causal transformer, norms first (GPT-2's): attention and a feed-forward network of four times the
    /// width, each added to what entered it.
    ///
    /// Ranks may share it (Shoeybi et al., arXiv 1909.08053, section 3): each has as many of the heads and of the feed-forward
    /// network's columns, and the rows of the next product that belong to them. Twice on the way there, and twice on the way back,
    /// rows of the model's width are summed over the ranks.
    ///
    /// - Parameters:
    ///   - heads: of all ranks.
    ///   - layers: blocks of the model; the products that are added begin smaller by the root of twice as many, as GPT-2's.
    ///   - dropout: rate for what each of the two adds.
    ///   - place: of the first of the two dropouts, the second has the next one; nil: as they stand in the graph.
    ///   - ranks: how many share it; they divide the heads.
    public mutating func transformerBlock(
        _ name: String, _ x: TensorID, heads: Int, layers: Int, dropout rate: Float, place: UInt32? = nil,
        ranks: Int = 1
    ) -> TensorID {
        precondition(ranks > 0 && heads % ranks == 0, "ranks share heads evenly")
        let width = tensors[x].columns
        let columns = Parameter.Share.columns(blocks: 1)
        let normed = copyToRanks(name + ".norm1 copied", layerNorm(name + ".norm1", x), ranks: ranks)
        let qkv = linear(
            name + ".qkv", normed, columns: 3 * width / ranks, share: ranks > 1 ? .columns(blocks: 3) : .whole)
        let attended = attention(name + ".attention", qkv, heads: heads / ranks)
        let projected = reducingLinear(name + ".projection", attended, columns: width, layers: layers, ranks: ranks)
        let middle = sum(
            name + ".middle", x, dropout(name + ".dropout1", projected, rate: rate, place: place))
        let again = copyToRanks(name + ".norm2 copied", layerNorm(name + ".norm2", middle), ranks: ranks)
        let inner = linear(
            name + ".expand", again, columns: 4 * width / ranks, share: ranks > 1 ? columns : .whole)
        let outer = reducingLinear(
            name + ".contract", gelu(name + ".gelu", inner), columns: width, layers: layers, ranks: ranks)
        return sum(
            name + ".output", middle, dropout(name + ".dropout2", outer, rate: rate, place: place.map { $0 + 1 }))
    }

    /// A product that is added to a block's stream, of columns that the ranks share.
    private mutating func reducingLinear(
        _ name: String, _ x: TensorID, columns: Int, layers: Int, ranks: Int
    ) -> TensorID {
        let deviation = 1 / Float(6 * tensors[x].columns * ranks * layers).squareRoot()
        guard ranks > 1 else { return linear(name, x, columns: columns, deviation: deviation) }
        let weights = parameter(
            name + " weights", rows: tensors[x].columns, columns: columns, start: .normal(deviation: deviation),
            share: .rows)
        let space = tensors[x].space
        let part = node(.linear, name + " part", reads: [x], parameters: [weights], space: space, columns: columns)
        let bias = parameter(name + " bias", columns: columns, start: .zero)
        return node(.sumOverRanks, name, reads: [part], parameters: [bias], space: space, columns: columns)
    }

    private mutating func copyToRanks(_ name: String, _ x: TensorID, ranks: Int) -> TensorID {
        guard ranks > 1 else { return x }
        return node(.copyToRanks, name, reads: [x], space: tensors[x].space, columns: tensors[x].columns)
    }
}
