internal import Kernels
internal import Tiers

/// Which pages hold the state of which layer: those of a layer lie side by side, each with the slots of as many elements as fit, one slot
/// behind the other.
struct StateLayout {
    let pageBytes: Int
    /// Elements whose slots lie in one page.
    let elements: Int
    /// Numbers that a parameter has here.
    let slotCount: Int
    /// Parameters of each layer.
    let counts: [Int]
    private let first: [Int]

    /// - Parameter pageBytes: the most that a page shall have; less where all layers fit in less.
    init(counts: [Int], slots: Int, pageBytes: Int) {
        let needed = ((counts.max() ?? 0) * slots * 4).roundedUp(to: 4096)
        self.pageBytes = min(pageBytes, max(needed, 4096))
        (self.counts, slotCount) = (counts, slots)
        // Slots begin at a multiple of a cache line.
        let elements = self.pageBytes / 4 / slots / 16 * 16
        self.elements = elements
        first = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + ($1 + elements - 1) / elements) }
    }

    var pages: Int { first[counts.count] }

    func pages(of layer: Int) -> Range<Int> { first[layer]..<first[layer + 1] }

    /// Parameters of a layer whose slots lie in one of its pages, the first of which is 0.
    func count(of layer: Int, inPage page: Int) -> Int { min(elements, counts[layer] - page * elements) }
}

/// The optimiser's state on the disk, of which some pages are in memory while they are stepped. Used by the updating thread alone.
struct StatePages {
    /// Pages in memory: some that are being read, one that is stepped, some that are being written.
    static let resident = 6
    private static let ahead = 3

    private let store: any PageStore
    private let optimiser: LayerOptimiser
    private let layout: StateLayout
    private let memory: AlignedMemory
    /// For each page in memory, the last transfer that was begun with it and not waited for.
    private var transfers: [Transfer?]

    init(_ layout: StateLayout, _ optimiser: LayerOptimiser, in store: any PageStore) {
        precondition(store.pageBytes == layout.pageBytes, "the file that was laid out")
        (self.store, self.optimiser, self.layout) = (store, optimiser, layout)
        memory = AlignedMemory(bytes: Self.resident * layout.pageBytes)
        transfers = Array(repeating: nil, count: Self.resident)
    }

    /// A step on a whole layer, page by page, while the pages to come are read and those before are written.
    ///
    /// - Parameters:
    ///   - number: of the layer's steps, from 1 on; state is zero before the first one, and not read.
    ///   - rate: for the optimiser's own.
    ///   - to: gets the parameters after it.
    mutating func step(
        _ layer: Int, number: Int, rate: Double?, gradient: InputSlice, from: InputSlice, to: OutputSlice
    ) throws(TierError) {
        let (pages, optimiser) = (layout.pages(of: layer), optimiser.at(rate))
        var next = pages.lowerBound
        for page in pages {
            while number > 1, next < min(page + Self.ahead, pages.upperBound) {
                // Transfers keep their order: what was written from there before has left.
                transfers[next % Self.resident] = store.read(next, into: address(of: next))
                next += 1
            }
            try settle(page)
            if number == 1 { address(of: page).initializeMemory(as: UInt8.self, repeating: 0, count: layout.pageBytes) }
            let start = (page - pages.lowerBound) * layout.elements
            let length = layout.count(of: layer, inPage: page - pages.lowerBound)
            (to + start).update(from: from + start, count: length)
            optimiser.update(
                to + start, gradient: gradient + start,
                state: address(of: page).bindMemory(to: Float.self, capacity: layout.pageBytes / 4),
                stride: layout.elements, count: length, step: number)
            transfers[page % Self.resident] = store.write(page, from: address(of: page))
        }
    }

    /// Waits for what is still being written.
    mutating func settle() throws(TierError) {
        for page in transfers.indices { try settle(page) }
    }

    /// Waits until the disk does not use this memory any more, whether it fails or not.
    mutating func abandon() {
        for transfer in transfers { if let transfer { try? store.wait(transfer) } }
    }

    private mutating func settle(_ page: Int) throws(TierError) {
        guard let transfer = transfers[page % Self.resident] else { return }
        try store.wait(transfer)
        transfers[page % Self.resident] = nil
    }

    private func address(of page: Int) -> UnsafeMutableRawPointer {
        memory.start + page % Self.resident * layout.pageBytes
    }
}

extension Int {
    func roundedUp(to unit: Int) -> Int { (self + unit - 1) / unit * unit }
}
