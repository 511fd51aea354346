internal import Kernels

/// The memory behind a ``LayerExchange``: parameters and gradients, for each length of layers a stretch of each.
struct LayerBuffers {
    /// How many buffers of which length there are.
    struct Layout {
        /// For each layer, the index of its length.
        let group: [Int]
        /// The lengths that layers have, and how many layers have each.
        let counts: [Int], members: [Int]
        /// Buffers of each length.
        let parameters: [Int], gradients: [Int]

        init(counts layers: [Int], staleness: Staleness) {
            let lengths = Set(layers).sorted()
            let indices = Dictionary(uniqueKeysWithValues: lengths.enumerated().map { ($1, $0) })
            group = layers.compactMap { indices[$0] }
            counts = lengths
            members = group.reduce(into: Array(repeating: 0, count: lengths.count)) { $0[$1] += 1 }
            parameters = members.map { $0 + LayerExchange.spareParameters($0, staleness) }
            gradients = members.map { $0 + 1 }
        }

        /// Buffers begin at a multiple of a cache line.
        func stride(of group: Int) -> Int { counts[group].roundedUp(to: 16) }

        var bytes: Int {
            counts.indices.reduce(0) { $0 + 4 * stride(of: $1) * (parameters[$1] + gradients[$1]) }
        }
    }

    let layout: Layout
    private let memory: AlignedMemory
    private var starts: [Int] = []

    init(_ layout: Layout) {
        self.layout = layout
        memory = AlignedMemory(bytes: layout.bytes)
        var start = 0
        for group in layout.counts.indices {
            starts.append(start)
            start += 4 * layout.stride(of: group) * (layout.parameters[group] + layout.gradients[group])
        }
    }

    func count(of layer: Int) -> Int { layout.counts[layout.group[layer]] }

    func parameters(_ buffer: LayerExchange.Buffer, of layer: Int) -> OutputSlice { slice(buffer, of: layer) }

    func gradient(_ buffer: LayerExchange.Buffer, of layer: Int) -> OutputSlice {
        slice(layout.parameters[layout.group[layer]] + buffer, of: layer)
    }

    private func slice(_ place: Int, of layer: Int) -> OutputSlice {
        let group = layout.group[layer]
        let stride = layout.stride(of: group)
        return (memory.start + starts[group] + 4 * stride * place).bindMemory(to: Float.self, capacity: stride)
    }
}
