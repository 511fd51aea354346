internal import Glibc

/// Memory for numbers in limbs, aligned for the kernels, zero at first. Cleared when it goes: numbers may be secret.
package final class LimbBuffer: @unchecked Sendable {  // users write disjoint parts, and read when writing is over
    fileprivate let memory: UnsafeMutablePointer<UInt64>
    let count: Int

    init(words count: Int) {
        let alignment = 64
        let bytes = max(1, (count * 8 + alignment - 1) / alignment) * alignment
        guard let memory = aligned_alloc(alignment, bytes) else { preconditionFailure("out of memory") }
        memset(memory, 0, bytes)
        self.memory = memory.bindMemory(to: UInt64.self, capacity: bytes / 8)
        self.count = bytes / 8
    }

    deinit {
        explicit_bzero(memory, count * 8)
        free(memory)
    }

    /// Its first word.
    var start: Limbs { Limbs(buffer: self, offset: 0) }
}

/// A place in a buffer, which it keeps alive.
struct Limbs {
    fileprivate let buffer: LimbBuffer
    fileprivate let offset: Int

    static func + (place: Limbs, words: Int) -> Limbs {
        Limbs(buffer: place.buffer, offset: place.offset + words)
    }

    subscript(index: Int) -> UInt64 {
        get { withPointer { $0[index] } }
        nonmutating set { withPointer { $0[index] = newValue } }
    }

    /// Lends the memory from here on.
    @inline(__always)
    func withPointer<Result>(_ body: (UnsafeMutablePointer<UInt64>) -> Result) -> Result {
        withExtendedLifetime(buffer) { body(buffer.memory + offset) }
    }

    /// Copies words from another place.
    func copy(_ other: Limbs, count: Int) {
        withPointer { target in other.withPointer { target.update(from: $0, count: count) } }
    }

    /// Writes zeros.
    func clear(_ count: Int) {
        withPointer { $0.update(repeating: 0, count: count) }
    }
}

/// Lends the memory of several places.
@inline(__always)
func withPointers<Result>(
    _ a: Limbs, _ b: Limbs,
    _ body: (UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<UInt64>) -> Result
) -> Result {
    a.withPointer { a in b.withPointer { body(a, $0) } }
}

/// Lends the memory of several places.
@inline(__always)
func withPointers<Result>(
    _ a: Limbs, _ b: Limbs, _ c: Limbs,
    _ body: (UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<UInt64>, UnsafeMutablePointer<UInt64>) -> Result
) -> Result {
    a.withPointer { a in b.withPointer { b in c.withPointer { body(a, b, $0) } } }
}

/// A row for each lane: pointers to where entries, bases or residues begin. Whoever fills it answers for the memory that they
/// point to.
final class LanePointers {
    private let pointers = UnsafeMutablePointer<UnsafePointer<UInt64>>.allocate(capacity: RadixModulus.lanes)

    /// - Parameter row: Where the row of each lane begins.
    init(_ row: (_ lane: Int) -> UnsafePointer<UInt64>) { fill(row) }

    deinit { pointers.deallocate() }

    @inline(__always)
    func fill(_ row: (_ lane: Int) -> UnsafePointer<UInt64>) {
        for lane in 0..<RadixModulus.lanes { (pointers + lane).initialize(to: row(lane)) }
    }

    /// Lends the pointers.
    @inline(__always)
    func withPointers<Result>(_ body: (UnsafePointer<UnsafePointer<UInt64>>) -> Result) -> Result {
        withExtendedLifetime(self) { body(pointers) }
    }
}
