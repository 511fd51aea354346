/// Hands out memory for tensors from the heap, and counts what it hands out.
public final class TensorHeap {
    /// How often memory was asked for so far.
    public private(set) var allocations = 0
    /// How many bytes are in use.
    public private(set) var bytes = 0
    private var blocks: [UnsafeMutableRawPointer] = []  // unsafe: freed in deinit, and users keep the heap alive

    /// Bytes that every block begins at a multiple of: a cache line.
    package static let alignment = 64

    /// Nothing in use.
    public init() {}

    deinit {
        for block in blocks { block.deallocate() }
    }

    /// Zeros, in use for as long as the heap lives.
    package func allocate<Element: BitwiseCopyable & ExpressibleByIntegerLiteral>(
        _: Element.Type, count: Int
    ) -> UnsafeMutableBufferPointer<Element> {
        let size = count * MemoryLayout<Element>.stride
        // unsafe: typed once, here, for its whole life
        let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: Self.alignment)
        blocks.append(block)
        allocations += 1
        bytes += size
        let elements = block.bindMemory(to: Element.self, capacity: count)
        elements.initialize(repeating: 0, count: count)
        return UnsafeMutableBufferPointer(start: elements, count: count)
    }
}
