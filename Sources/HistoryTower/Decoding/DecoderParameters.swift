internal import Kernels

/// Floats on cache lines, which go with their owner.
final class FloatMemory {
    let start: UnsafeMutablePointer<Float>

    init(count: Int) {
        let raw = UnsafeMutableRawPointer.allocate(byteCount: 4 * max(1, count), alignment: 64)
        start = raw.bindMemory(to: Float.self, capacity: max(1, count))
        start.initialize(repeating: 0, count: max(1, count))
    }

    deinit { start.deallocate() }
}

/// The parameters of a tower that reads, by their names in its graph, where kernels can read them.
struct DecoderParameters {
    private let memory: FloatMemory
    private let places: [String: (offset: Int, rows: Int, columns: Int)]

    init(_ tower: HistoryTower) {
        let graph = TowerGraph(tower.shape, tower.schema, .reading).graph
        memory = FloatMemory(count: graph.parameterCount)
        for (place, value) in tower.parameters[..<graph.parameterCount].enumerated() { memory.start[place] = value }
        places = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.name, ($0.offset, $0.rows, $0.columns)) })
    }

    func vector(_ name: String) -> InputSlice { InputSlice(memory.start + place(name).offset) }

    func table(_ name: String) -> (embedding: Embedding, values: InputSlice) {
        let place = place(name)
        return (Embedding(count: place.rows, columns: place.columns), vector(name))
    }

    func product(_ name: String) -> Product {
        let place = place(name + " weights")
        return Product(
            linear: Linear(inputs: place.rows, outputs: place.columns), weights: vector(name + " weights"),
            bias: vector(name + " bias"))
    }

    func norm(_ name: String, columns: Int) -> Norm {
        Norm(kernel: LayerNorm(columns: columns), gain: vector(name + " gain"), bias: vector(name + " bias"))
    }

    private func place(_ name: String) -> (offset: Int, rows: Int, columns: Int) {
        guard let place = places[name] else { preconditionFailure("a tower has parameters called \(name)") }
        return place
    }

    /// `x W + b`.
    struct Product {
        let linear: Linear
        let weights: InputSlice
        let bias: InputSlice

        var scratchCount: Int { Linear.scratchCount(inputs: linear.inputs, outputs: linear.outputs) }
    }

    /// A layer norm.
    struct Norm {
        let kernel: LayerNorm
        let gain: InputSlice
        let bias: InputSlice
    }

    /// A block of attention and feed-forward network, norms first.
    struct Block {
        let norm1: Norm
        let qkv: Product
        let projection: Product
        let norm2: Norm
        let expand: Product
        let contract: Product

        init(_ layer: Int, _ parameters: DecoderParameters, width: Int) {
            let name = "blocks.\(layer)"
            norm1 = parameters.norm(name + ".norm1", columns: width)
            qkv = parameters.product(name + ".qkv")
            projection = parameters.product(name + ".projection")
            norm2 = parameters.norm(name + ".norm2", columns: width)
            expand = parameters.product(name + ".expand")
            contract = parameters.product(name + ".contract")
        }

        var products: [Product] { [qkv, projection, expand, contract] }
    }
}
