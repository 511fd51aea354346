/// Numbers in memory of their own, zero at first.
final class FloatBuffer {
    let all: UnsafeMutableBufferPointer<Float>

    init(_ count: Int) {
        all = .allocate(capacity: count)
        all.initialize(repeating: 0)
    }

    deinit { all.deallocate() }

    var bytes: Int { 4 * all.count }

    /// The first of them; `nil` of none.
    var first: UnsafeMutablePointer<Float>? { all.baseAddress }

    func clear() { all.update(repeating: 0) }

    subscript(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Float> { all.extracting(range) }
}
