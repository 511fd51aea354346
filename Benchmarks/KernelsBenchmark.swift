import ArgumentParser
import Kernels

/// How near the kernels of a transformer come to the rate of a plain product of matrices.
struct KernelsBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Attention, and all operations of a transformer's block, on one core; against sgemm.",
        discussion: """
            4 heads of 64. Rates are of the multiplications and additions that causal attention and the products need, the \
            least time of some repetitions; the reference is OpenBLAS's product of matrices of 1,024, measured just before. A \
            block is the sum of its operations, each timed alone.
            """)

    @Option(help: "How many events a history has; may be repeated.")
    var events = [1024, 4096]

    @Flag(help: "Print one JSON object instead of a table.")
    var json = false

    func validate() throws {
        guard events.allSatisfy({ (1...1 << 16).contains($0) }) else { throw ValidationError("--events is 1 to 65536") }
    }

    func run() throws {
        var report = Report("kernels", isJSON: json)
        report.noteLoad()
        for count in events {
            let timed = TimedKernels(events: count)
            for row in timed.rows() { report.add(row) }
        }
        try report.finish()
    }
}

/// One length of history.
private struct TimedKernels {
    let events: Int
    private let heads = 4
    private let dimension = 64
    private var width: Int { heads * dimension }
    private var all: Range<Int> { 0..<events }

    init(events: Int) { self.events = events }

    func rows() -> [Row] {
        let peak = sgemm()
        func row(_ name: String, _ operations: Double, _ seconds: Double) -> Row {
            let rate = operations * 1e-9 / seconds
            return Row(
                name: "\(name)-\(events)", bits: 32, cores: 1, path: instructionSet, ours: rate, reference: peak,
                unit: "GFLOP/s", against: "sgemm of 1,024", ratio: rate / peak)
        }
        // What is seen, times multiplications and additions: two products forward, five back.
        let pairs = Double(events * (events + 1) / 2)
        let attention = attention()
        let forward = row("attention-forward", pairs * 4 * Double(width), attention.forward)
        let backward = row("attention-backward", pairs * 10 * Double(width), attention.backward)
        // 24 h^2 and twice as many back for each event, and attention's.
        let work = Double(events * 72 * width * width) + pairs * 14 * Double(width)
        let whole = attention.forward + attention.backward + others()
        return [forward, backward, row("block", work, whole)]
    }

    private func sgemm() -> Double {
        let side = 1024
        return withSlices([side * side, side * side, side * side]) { slices in
            2e-9 * Double(side * side * side)
                / least(8) {
                    matrixProduct(slices[0], slices[1], rows: side, inner: side, columns: side, into: slices[2])
                }
        }
    }

    private func attention() -> (forward: Double, backward: Double) {
        let attention = CausalAttention(heads: heads, dimension: dimension, stride: 3 * width)
        let scratch = max(CausalAttention.forwardScratchCount(), CausalAttention.backwardScratchCount())
        let whole = events * width
        return withSlices([3 * whole, 3 * whole, whole, whole, events * heads, scratch]) { slices in
            let (packed, gradients) = (slices[0], slices[1])
            let forward = least {
                attention.forward(
                    packed, packed + width, packed + 2 * width, into: slices[2], logSums: slices[4], events: events,
                    rows: all, scratch: slices[5])
            }
            let backward = least {
                attention.backward(
                    slices[3], packed, packed + width, packed + 2 * width, output: slices[2], logSums: slices[4],
                    queryGradient: gradients, keyGradient: gradients + width, valueGradient: gradients + 2 * width,
                    events: events, rows: all, scratch: slices[5])
            }
            return (forward, backward)
        }
    }

    /// All operations of a block but attention, forward and back.
    private func others() -> Double {
        let (h, wide) = (width, events * 4 * width)
        let norm = LayerNorm(columns: h)
        let dropout = Dropout(seed: 1, layer: 1, rate: 0.1)
        let scratch = Linear.scratchCount(inputs: h, outputs: 4 * h)
        return withSlices([wide, wide, wide, 2 * events, 4 * h * h, 4 * h * h, 4 * h, 4 * h, 4 * h, scratch]) {
            slices in
            let (x, gradient, other, sums, weights) = (slices[0], slices[1], slices[2], slices[3], slices[4])
            let (weightGradient, bias, biasGradient) = (slices[5], slices[6], slices[7])
            let (gainGradient, scratch) = (slices[8], slices[9])
            var seconds = 0.0
            for (inputs, outputs) in [(h, 3 * h), (h, h), (h, 4 * h), (4 * h, h)] {
                let linear = Linear(inputs: inputs, outputs: outputs)
                seconds += least {
                    linear.forward(x, weights: weights, bias: bias, into: other, rows: all, scratch: scratch)
                    linear.inputGradient(gradient, weights: weights, into: other, rows: all, scratch: scratch)
                    linear.addParameterGradients(
                        x, gradient, weightGradient: weightGradient, biasGradient: biasGradient, rows: all,
                        scratch: scratch)
                }
            }
            seconds +=
                2
                * least {
                    norm.forward(x, gain: bias, bias: bias, into: other, statistics: sums, rows: all)
                    norm.backward(
                        gradient, x: x, gain: bias, statistics: sums, into: other, gainGradient: gainGradient,
                        biasGradient: biasGradient, rows: all)
                }
            seconds += least {
                Gelu.forward(x, into: other, rows: all, columns: 4 * h)
                Gelu.backward(gradient, x: x, into: other, rows: all, columns: 4 * h)
            }
            seconds +=
                2
                * least {
                    dropout.forward(x, into: other, rows: all, columns: h, step: 1)
                    dropout.backward(gradient, into: other, rows: all, columns: h, step: 1)
                    Residual.forward(x, gradient, into: other, rows: all, columns: h)
                    Residual.backward(gradient, addingTo: other, rows: all, columns: h)
                }
            return seconds
        }
    }

    /// The least seconds of some repetitions.
    private func least(_ repetitions: Int? = nil, _ body: () -> Void) -> Double {
        (0..<(repetitions ?? max(3, 16_384 / events))).map { _ in seconds(body) }.min() ?? 0
    }

    /// Lends memory of numbers of chance.
    private func withSlices<Result>(_ counts: [Int], _ body: ([OutputSlice]) -> Result) -> Result {
        let slices = counts.map { count in
            let slice = OutputSlice.allocate(capacity: count)
            for index in 0..<count { slice[index] = .random(in: -1...1) }
            return slice
        }
        defer { for slice in slices { slice.deallocate() } }
        return body(slices)
    }
}
