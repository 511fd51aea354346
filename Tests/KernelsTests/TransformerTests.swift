import Kernels
import Testing

/// Memory that is handed out once.
private final class Arena {
    private let memory: OutputSlice
    private let capacity: Int
    private var used = 0

    init(capacity: Int) {
        (memory, self.capacity) = (OutputSlice.allocate(capacity: capacity), capacity)
        memory.initialize(repeating: .nan, count: capacity)
    }

    deinit { memory.deallocate() }

    func take(_ count: Int) -> OutputSlice {
        precondition(used + count <= capacity, "the arena is large enough")
        defer { used += count }
        return memory + used
    }
}

/// The model of `make_vectors.py` for one history, written out.
private struct Transformer {
    static let (events, heads, dimension, vocabulary, h) = (5, 2, 4, 6, 8)
    static let parameters = [
        ("table", 48), ("gapWeights", 8), ("gapBias", 8), ("gain1", 8), ("bias1", 8), ("qkv", 192), ("qkvBias", 24),
        ("out", 64), ("outBias", 8), ("gain2", 8), ("bias2", 8), ("wide", 256), ("wideBias", 32), ("narrow", 256),
        ("narrowBias", 8), ("next", 48), ("nextBias", 6), ("label", 8), ("labelBias", 1),
    ]
    static let indices: [Int32] = [3, 0, 5, 3, 1]
    static let labels: [Int32] = [0, 5, 3, 1, -1]
    static let gaps: [Float] = [0, 30, 3600, 7.5, 86400]

    let arena = Arena(capacity: 1 << 17)
    var w: [String: OutputSlice] = [:]
    var g: [String: OutputSlice] = [:]
    let scratch: OutputSlice
    let rows = 0..<events

    let embedding = Embedding(count: vocabulary, columns: h)
    let gap = TimeGap(columns: h, unit: 60)
    let norm = LayerNorm(columns: h)
    let attention = CausalAttention(heads: heads, dimension: dimension, stride: 3 * h)
    let crossEntropy = SoftmaxCrossEntropy(classes: vocabulary)

    init() {
        scratch = arena.take(1 << 16)
        for (seed, (name, count)) in Self.parameters.enumerated() {
            let (values, gradient) = (arena.take(count), arena.take(count))
            for i in 0..<count { values[i] = (Float((i * 7919 + seed * 104_729) % 2003) - 1001) / 2048 }
            gradient.update(repeating: 0, count: count)
            (w[name], g[name]) = (values, gradient)
        }
    }

    func linear(_ inputs: Int, _ outputs: Int, _ name: String, _ x: OutputSlice, rows: Range<Int>) -> OutputSlice {
        let y = arena.take(rows.count * outputs)
        Linear(inputs: inputs, outputs: outputs).forward(
            x, weights: w[name]!, bias: w[name + "Bias"]!, into: y, rows: rows, scratch: scratch)
        return y
    }

    func linearGradient(
        _ inputs: Int, _ outputs: Int, _ name: String, _ x: OutputSlice, _ gradient: OutputSlice, rows: Range<Int>
    ) -> OutputSlice {
        let (linear, dx) = (Linear(inputs: inputs, outputs: outputs), arena.take(rows.count * inputs))
        linear.inputGradient(gradient, weights: w[name]!, into: dx, rows: rows, scratch: scratch)
        linear.addParameterGradients(
            x, gradient, weightGradient: g[name]!, biasGradient: g[name + "Bias"]!, rows: rows, scratch: scratch)
        return dx
    }

    func normalize(_ x: OutputSlice, _ number: Int) -> (y: OutputSlice, statistics: OutputSlice) {
        let (y, statistics) = (arena.take(Self.events * Self.h), arena.take(2 * Self.events))
        norm.forward(
            x, gain: w["gain\(number)"]!, bias: w["bias\(number)"]!, into: y, statistics: statistics, rows: rows)
        return (y, statistics)
    }

    /// Adds the gradient that comes through a norm to that of the branch around it.
    func normGradient(
        _ gradient: OutputSlice, _ x: OutputSlice, _ statistics: OutputSlice, _ number: Int, addingTo sum: OutputSlice
    ) {
        norm.backward(
            gradient, x: x, gain: w["gain\(number)"]!, statistics: statistics, into: gradient,
            gainGradient: g["gain\(number)"]!, biasGradient: g["bias\(number)"]!, rows: rows)
        Residual.backward(gradient, addingTo: sum, rows: rows, columns: Self.h)
    }

    /// The loss; gradients are in `g` then.
    func run() -> Float {
        let (h, events) = (Self.h, Self.events)
        let x = arena.take(events * h)
        embedding.gather(w["table"]!, Self.indices, into: x, rows: rows)
        gap.forward(x, gaps: Self.gaps, weights: w["gapWeights"]!, bias: w["gapBias"]!, into: x, rows: rows)
        let (first, firstStatistics) = normalize(x, 1)
        let qkv = linear(h, 3 * h, "qkv", first, rows: rows)
        let (attended, logSums) = (arena.take(events * h), arena.take(events * Self.heads))
        attention.forward(
            qkv, qkv + h, qkv + 2 * h, into: attended, logSums: logSums, events: events, rows: rows, scratch: scratch)
        let middle = linear(h, h, "out", attended, rows: rows)
        Residual.forward(x, middle, into: middle, rows: rows, columns: h)
        let (second, secondStatistics) = normalize(middle, 2)
        let wide = linear(h, 4 * h, "wide", second, rows: rows)
        let active = arena.take(events * 4 * h)
        Gelu.forward(wide, into: active, rows: rows, columns: 4 * h)
        let last = linear(4 * h, h, "narrow", active, rows: rows)
        Residual.forward(middle, last, into: last, rows: rows, columns: h)
        let (loss, gradient) = head(last)

        let dActive = linearGradient(4 * h, h, "narrow", active, gradient, rows: rows)
        Gelu.backward(dActive, x: wide, into: dActive, rows: rows, columns: 4 * h)
        let dSecond = linearGradient(h, 4 * h, "wide", second, dActive, rows: rows)
        normGradient(dSecond, middle, secondStatistics, 2, addingTo: gradient)
        let dAttended = linearGradient(h, h, "out", attended, gradient, rows: rows)
        let dQKV = arena.take(events * 3 * h)
        dQKV.update(repeating: 0, count: events * 3 * h)
        attention.backward(
            dAttended, qkv, qkv + h, qkv + 2 * h, output: attended, logSums: logSums, queryGradient: dQKV,
            keyGradient: dQKV + h, valueGradient: dQKV + 2 * h, events: events, rows: rows, scratch: scratch)
        let dFirst = linearGradient(h, 3 * h, "qkv", first, dQKV, rows: rows)
        normGradient(dFirst, x, firstStatistics, 1, addingTo: gradient)
        gap.addParameterGradients(
            gradient, gaps: Self.gaps, weightGradient: g["gapWeights"]!, biasGradient: g["gapBias"]!, rows: rows)
        embedding.scatterAdd(gradient, Self.indices, addingTo: g["table"]!, rows: rows)
        return loss
    }

    /// Which event follows, averaged, plus the label of the whole history: the loss, and its gradient of the last rows.
    private func head(_ last: OutputSlice) -> (loss: Float, gradient: OutputSlice) {
        let (h, events) = (Self.h, Self.events)
        let logits = linear(h, Self.vocabulary, "next", last, rows: rows)
        let (losses, logSums) = (arena.take(events + 1), arena.take(events))
        crossEntropy.forward(logits, labels: Self.labels, into: losses, logSums: logSums, rows: rows)
        crossEntropy.backward(
            logits, labels: Self.labels, logSums: logSums, factor: 1 / Float(events - 1), into: logits, rows: rows)
        let gradient = linearGradient(h, Self.vocabulary, "next", last, logits, rows: rows)

        let pooled = arena.take(h)
        pooled.update(repeating: 0, count: h)
        Pooling.addToMean(last, rows: rows, count: events, columns: h, mean: pooled)
        let logit = linear(h, 1, "label", pooled, rows: 0..<1)
        LogisticLoss.forward(logit, targets: [1], into: losses + events, rows: 0..<1)
        LogisticLoss.backward(logit, targets: [1], factor: 1, into: logit, rows: 0..<1)
        let dPooled = linearGradient(h, 1, "label", pooled, logit, rows: 0..<1)
        let spread = arena.take(events * h)
        Pooling.meanGradient(dPooled, rows: rows, count: events, columns: h, into: spread)
        Residual.backward(spread, addingTo: gradient, rows: rows, columns: h)
        return ((0..<events).reduce(0) { $0 + losses[$1] } / Float(events - 1) + losses[events], gradient)
    }
}

@Suite struct TransformerTests {
    /// Everything together, against JAX in double precision: each gradient within 2e-5.
    @Test func lossAndGradientsAgreeWithVectors() throws {
        let vectors = try Vectors.load()
        let model = Transformer()
        try withExtendedLifetime(model) {
            #expect(abs(Double(model.run()) - vectors.loss) < 2e-6)
            for (name, count) in Transformer.parameters {
                let found = Array(UnsafeBufferPointer(start: model.g[name]!, count: count))
                expect(found, near: try #require(vectors.gradients[name]), within: 2e-5, "\(name)")
            }
        }
    }
}
