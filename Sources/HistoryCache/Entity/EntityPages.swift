/// Where the pages of an entity lie in memory.
struct EntityPages {
    private let files: StoreFiles
    private let shape: CacheShape
    /// For each layer, the address of each span's rows; of spans out of sight, nothing that may be read.
    private var layers: [[UnsafePointer<Float>?]]
    private var codes: [UnsafeMutablePointer<UInt8>?] = []

    init(_ files: StoreFiles, _ shape: CacheShape, _ spans: SpanList) throws(HistoryCacheError) {
        (self.files, self.shape) = (files, shape)
        layers = Array(repeating: [], count: shape.layers)
        for span in 0..<spans.end {
            try append(span == 0 || span >= spans.firstLive ? spans[span] : nil)
        }
    }

    var count: Int { codes.count }

    /// Adds the next span; nil for one that is out of sight.
    mutating func append(_ page: UInt32?) throws(HistoryCacheError) {
        let values = try page.map { page throws(HistoryCacheError) in try files.values.address(of: page) }
        let codes = try page.map { page throws(HistoryCacheError) in try files.codes.address(of: page) }
        for layer in layers.indices {
            let start = layer * shape.blockFloats
            layers[layer].append(values.map { UnsafePointer($0.assumingMemoryBound(to: Float.self) + start) })
        }
        self.codes.append(codes?.assumingMemoryBound(to: UInt8.self))
    }

    /// Forgets spans from `count` on.
    mutating func cut(to count: Int) {
        for layer in layers.indices { layers[layer].removeSubrange(count...) }
        codes.removeSubrange(count...)
    }

    /// Rows of a span in one layer: for each head, for each event ``CacheShape/pairWidth`` floats. In sight, or the first.
    func rows(_ span: Int, layer: Int) -> UnsafePointer<Float> {
        layers[layer][span]!  // a span in sight has a page
    }

    /// All spans of a layer, for loops over single events.
    func addresses(layer: Int) -> [UnsafePointer<Float>?] { layers[layer] }

    /// Codes of a span for one layer and head, of one of the two sets.
    func codes(_ span: Int, layer: Int, head: Int, variant: Int) -> UnsafeMutablePointer<UInt8> {
        let place = (variant * shape.layers + layer) * shape.heads + head
        return codes[span]! + place * shape.codeBytes  // a span in sight has a page
    }

    /// The sums of a span's values in one layer: for each head, ``CacheShape/dimension`` floats.
    func sums(_ span: Int, layer: Int) -> UnsafeMutablePointer<Float> {
        let first = codes(span, layer: 0, head: 0, variant: 2)  // behind the two sets
        return UnsafeMutableRawPointer(first).assumingMemoryBound(to: Float.self) + layer * shape.heads
            * shape.dimension
    }
}

extension Range<Int> {
    /// The parts of a range of events that lie in one span each: the span, and the places in it.
    var spans: some Sequence<(span: Int, places: Range<Int>)> {
        let size = CacheShape.span
        let first = lowerBound / size
        let end = isEmpty ? first : (upperBound - 1) / size + 1
        return (first..<end).lazy.map { span in
            (span, Swift.max(lowerBound - span * size, 0)..<Swift.min(upperBound - span * size, size))
        }
    }
}
