import Glibc

/// Memory at a multiple of 4096 for tests, freed at its end.
final class Memory {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ count: Int) {
        bytes = .allocate(byteCount: count, alignment: 4096)
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { bytes.deallocate() }

    var start: UnsafeMutableRawPointer { bytes.baseAddress! }  // Tests allocate at least one byte.

    /// Fills it with what tells one seed from another and one place from another.
    func fill(_ seed: Int) {
        var generator = SplitMix(seed: UInt64(truncatingIfNeeded: seed))
        for place in stride(from: 0, to: bytes.count, by: 8) {
            bytes.storeBytes(of: generator.next(), toByteOffset: place, as: UInt64.self)
        }
    }

    /// Whether it holds what `fill` wrote.
    func holds(_ seed: Int) -> Bool {
        let other = Memory(bytes.count)
        other.fill(seed)
        return memcmp(start, other.start, bytes.count) == 0
    }
}

/// The same numbers on every machine (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
