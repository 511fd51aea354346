import AddressPlanning

/// The memory of one training step of a transformer on one sequence, in 32-bit floats, by its operators one after the
/// other: a layer keeps its input until its backward pass, which computes the rest again.
struct TransformerStep {
    let layers: Int
    /// h.
    let width: Int
    /// s.
    let tokens: Int
    var vocabulary = 3001

    /// A tensor by the operators that write it first and read it last.
    private struct Tensor {
        let name: String
        let floats: Int
        let written: Int
        let read: Int

        init(_ name: String, _ floats: Int, _ written: Int, _ read: Int) {
            self.name = name
            self.floats = floats
            self.written = written
            self.read = read
        }

        func buffer(movedBy time: Int = 0) -> Buffer {
            Buffer(id: name, lower: written + time, upper: read + 1 + time, size: 4 * floats)
        }
    }

    func problem() throws -> StepProblem {
        let (forward, backward) = (forward, backward)
        let (forwardTime, backwardTime) = (10, 24)
        let uses = (0..<layers).map { StepProblem.Use(block: 0, start: 2 + $0 * forwardTime) }
        let turn = 2 + layers * forwardTime
        let returns = (0..<layers).map { StepProblem.Use(block: 1, start: turn + 6 + $0 * backwardTime) }
        return try StepProblem(
            blocks: [
                .init(name: "forward", duration: forwardTime, buffers: forward.map { $0.buffer() }),
                .init(name: "backward", duration: backwardTime, buffers: backward.map { $0.buffer() }),
            ],
            uses: uses + returns, others: others(turn, forwardTime, backwardTime))
    }

    private var row: Int { tokens * width }

    private var forward: [Tensor] {
        [
            Tensor("norm1", row, 0, 1), Tensor("qkv", 3 * row, 1, 2), Tensor("scores", tokens * 64, 2, 2),
            Tensor("attention", row, 2, 3), Tensor("projection", row, 3, 4), Tensor("residual", row, 4, 8),
            Tensor("norm2", row, 5, 6), Tensor("up", 4 * row, 6, 7), Tensor("gelu", 4 * row, 7, 8),
            Tensor("statistics1", 2 * tokens, 0, 1), Tensor("statistics2", 2 * tokens, 5, 6),
            Tensor("down", row, 8, 9),
        ]
    }

    private var backward: [Tensor] {
        [
            Tensor("norm1", row, 0, 20), Tensor("qkv", 3 * row, 1, 17), Tensor("attention", row, 2, 16),
            Tensor("lse", tokens * width / 64, 2, 17), Tensor("projection", row, 3, 4), Tensor("residual", row, 4, 13),
            Tensor("norm2", row, 5, 11), Tensor("up", 4 * row, 6, 10), Tensor("gelu", 4 * row, 7, 9),
            Tensor("dGelu", 4 * row, 8, 10), Tensor("dDown", 4 * width * width, 9, 10),
            Tensor("dUp", 4 * row, 10, 12), Tensor("dUpWeights", 4 * width * width, 11, 13),
            Tensor("dNorm2", row, 12, 13), Tensor("dResidual", row, 13, 22), Tensor("dAttention", row, 15, 17),
            Tensor("dProjection", width * width, 15, 16), Tensor("workspace", tokens * 128, 17, 17),
            Tensor("dQKV", 3 * row, 17, 20), Tensor("dQKVWeights", 3 * width * width, 19, 20),
            Tensor("dNorm1", row, 20, 22), Tensor("statistics", 4 * tokens, 0, 22),
        ]
    }

    /// What passes from layer to layer, the embedding and the classifier.
    private func others(_ turn: Int, _ forwardTime: Int, _ backwardTime: Int) -> [Buffer] {
        let inputs = (0...layers).map { layer in
            let returned = turn + 6 + (layers - layer) * backwardTime
            return Tensor(
                "input\(layer)", row, layer == 0 ? 1 : 1 + layer * forwardTime,
                layer == layers ? turn + 4 : returned - 1)
        }
        let gradients = (0...layers).map { layer in
            let start = turn + 5 + (layers - layer) * backwardTime
            return Tensor("gradient\(layer)", row, start, start + backwardTime)
        }
        let ends = [
            Tensor("positions", row, 0, 1), Tensor("logits", tokens * vocabulary, turn, turn + 3),
            Tensor("probabilities", tokens * vocabulary, turn + 1, turn + 3),
            Tensor("dLogits", tokens * vocabulary, turn + 2, turn + 5), Tensor("losses", tokens, turn + 1, turn + 5),
            Tensor("dClassifier", vocabulary * width, turn + 4, turn + 5),
        ]
        return (inputs + gradients + ends).map { $0.buffer() }
    }
}
