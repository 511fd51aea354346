import StaticExecution

/// Numbers without a pattern, the same in every run.
struct Pseudorandom: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A tower over events with two categories, two numbers and a gap: it predicts the next event's categories, or gives
/// outputs at readouts.
struct Model {
    var graph = StepGraph()
    var codes: [Int] = []
    var labels: [Int] = []
    var numbers = 0
    var gaps = 0
    var readout: Int?
    var output: Int?
    let sizes = [5, 9]

    init(width: Int, heads: Int, layers: Int, dropout: Float = 0, reading: Bool = false) {
        codes = sizes.indices.map { graph.index("code \($0)") }
        numbers = graph.input("numbers", columns: 2)
        gaps = graph.input("gaps", columns: 1)
        var x = graph.linear("numeric", numbers, columns: width, deviation: 0.5)
        for (field, size) in sizes.enumerated() {
            x = graph.sum(
                "field \(field) added", x,
                graph.embedding("field \(field)", index: codes[field], rows: size, columns: width))
        }
        x = graph.timeGap("gap", x, gaps: gaps, unit: 60)
        for layer in 0..<layers {
            x = graph.transformerBlock("block \(layer)", x, heads: heads, layers: layers, dropout: dropout)
        }
        if reading {
            let index = graph.index("readout", in: .readouts)
            readout = index
            x = graph.selection("selected", x, index: index)
        }
        let code = graph.linear("code", graph.layerNorm("final", x), columns: 4, deviation: 0.3)
        if reading {
            output = code
            graph.output(code)
            return
        }
        for (field, size) in sizes.enumerated() {
            let label = graph.index("label \(field)")
            labels.append(label)
            graph.crossEntropy(
                "loss \(field)", graph.linear("head \(field)", code, columns: size, deviation: 0.3), labels: label)
        }
    }
}

/// Histories of random events.
struct Events {
    var starts: [Int]
    var codes: [[Int32]]
    var numbers: [Float]
    var gaps: [Float]
    /// The next event's codes; none after the last.
    var labels: [[Int32]]

    init(lengths: [Int], seed: UInt64) {
        var random = Pseudorandom(seed)
        starts = [0]
        for length in lengths { starts.append(starts[starts.count - 1] + length) }
        let count = starts[starts.count - 1]
        codes = [5, 9].map { size in (0..<count).map { _ in Int32.random(in: 0..<size, using: &random) } }
        numbers = (0..<2 * count).map { _ in Float.random(in: -2...2, using: &random) }
        gaps = (0..<count).map { _ in Float.random(in: 0...5000, using: &random) }
        let ends = Set(starts.map { $0 - 1 })
        labels = codes.map { codes in codes.indices.map { ends.contains($0) ? -1 : codes[$0 + 1] } }
    }
}

/// An arena, all of it filled with a pattern, and what runs in it.
final class Bench {
    let memory: UnsafeMutableRawPointer
    let bytes: Int
    let executor: StepExecutor
    let model: Model

    /// - Parameter seed: of the parameters; nil where they are outside.
    init(
        _ model: Model, _ program: StepProgram, work: UnsafeMutableRawPointer? = nil,
        transfers: (any TensorTransfers)? = nil, seed: UInt64? = 1
    ) {
        self.model = model
        bytes = program.arenaBytes + (1 << 16)
        memory = .allocate(byteCount: bytes, alignment: 4096)
        memory.initializeMemory(as: UInt8.self, repeating: 0xA5, count: bytes)
        executor = StepExecutor(program, arena: memory, work: work, transfers: transfers)
        guard let seed else { return }
        var random = Pseudorandom(seed)
        for parameter in model.graph.parameters {
            for place in parameter.offset..<parameter.offset + parameter.count {
                switch parameter.start {
                case .zero: executor.parameters[place] = Float.random(in: -0.1...0.1, using: &random)
                case .one: executor.parameters[place] = 1 + Float.random(in: -0.1...0.1, using: &random)
                case .normal: executor.parameters[place] = Float.random(in: -0.3...0.3, using: &random)
                }
            }
        }
    }

    deinit { memory.deallocate() }

    func enter(_ events: Events, readouts: [Int] = []) {
        executor.begin(histories: events.starts, readouts: readouts.count)
        for (field, index) in model.codes.enumerated() {
            for (place, code) in events.codes[field].enumerated() { executor.index(index)[place] = code }
        }
        for (field, index) in model.labels.enumerated() {
            for (place, label) in events.labels[field].enumerated() { executor.index(index)[place] = label }
        }
        for (place, number) in events.numbers.enumerated() { executor.input(model.numbers)[place] = number }
        for (place, gap) in events.gaps.enumerated() { executor.input(model.gaps)[place] = gap }
        if let index = model.readout {
            for (place, row) in readouts.enumerated() { executor.index(index)[place] = Int32(row) }
        }
    }

    var parameters: [Double] { executor.parameters.map { Double($0) } }
    var gradients: [Float] { Array(executor.parameterGradients) }

    /// The end of the bytes of the arena that are not as they were.
    var touched: Int {
        (0..<bytes).last { memory.load(fromByteOffset: $0, as: UInt8.self) != 0xA5 }.map { $0 + 1 } ?? 0
    }
}

/// Slots in memory, whose transfers take place as late as they may: at `wait`. Memory that is reused too early, or read
/// too early, thus has wrong contents.
final class LateTransfers: TensorTransfers {
    private enum Pending {
        case store(UnsafeRawPointer)
        case load(UnsafeMutableRawPointer)
    }
    private var contents: [[UInt8]]
    private var pending: [[Pending]]
    var stores = 0
    var loads = 0

    init(_ program: StepProgram) {
        contents = program.slots.map { Array(repeating: 0x5A, count: $0.bytes) }
        pending = program.slots.map { _ in [] }
    }

    func store(_ slot: Int, from memory: UnsafeRawPointer) {
        stores += 1
        pending[slot].append(.store(memory))
    }

    func load(_ slot: Int, into memory: UnsafeMutableRawPointer) {
        loads += 1
        precondition(pending[slot].isEmpty, "what is fetched has been written")
        memory.initializeMemory(as: UInt8.self, repeating: 0x7F, count: contents[slot].count)
        pending[slot].append(.load(memory))
    }

    func wait(_ slot: Int) throws {
        precondition(!pending[slot].isEmpty, "something to wait for")
        for transfer in pending[slot] {
            switch transfer {
            case .store(let memory):
                contents[slot] = Array(UnsafeRawBufferPointer(start: memory, count: contents[slot].count))
            case .load(let memory):
                memory.copyMemory(from: contents[slot], byteCount: contents[slot].count)
            }
        }
        pending[slot] = []
    }
}
