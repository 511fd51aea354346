/// Philox 4x32 with ten rounds (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011): four words that
/// depend on a counter and a key alone.
///
/// Good statistics and any place of the stream at once, which is what dropout needs. Not a cipher: never for anything
/// that another party must not guess.
package enum Philox {
    /// The four words of a counter under a key.
    @inline(__always)
    package static func words(_ counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        // Scalars: the compiler keeps them in registers, lanes of a vector it would take apart.
        var (first, second, third, fourth) = (counter[0], counter[1], counter[2], counter[3])
        var (low, high) = (key[0], key[1])
        for _ in 0..<10 {
            let left = UInt64(first) &* 0xD251_1F53
            let right = UInt64(third) &* 0xCD9E_8D57
            first = UInt32(truncatingIfNeeded: right >> 32) ^ second ^ low
            third = UInt32(truncatingIfNeeded: left >> 32) ^ fourth ^ high
            second = UInt32(truncatingIfNeeded: right)
            fourth = UInt32(truncatingIfNeeded: left)
            low &+= 0x9E37_79B9
            high &+= 0xBB67_AE85
        }
        return SIMD4(first, second, third, fourth)
    }
}

/// Which elements a dropout keeps: element i by word i of Philox's stream for seed, step and layer.
struct DropoutMask {
    /// The key.
    let seed: UInt64
    /// Tells the dropouts of one graph apart.
    let layer: UInt32
    /// Words below it drop an element.
    let threshold: UInt32
    /// `1 / (1 - rate)`.
    let factor: Float
}

/// `output[i] = factor input[i]` where the mask keeps i, else 0; output may be input.
func dropOut(_ input: Floats, _ mask: DropoutMask, step: Int32, into output: MutableFloats) {
    let key = SIMD2(UInt32(truncatingIfNeeded: mask.seed), UInt32(truncatingIfNeeded: mask.seed >> 32))
    let step = UInt32(bitPattern: step)
    for start in stride(from: 0, to: input.count, by: 4) {
        let block = UInt64(start / 4)
        let counter = SIMD4(
            UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32), step, mask.layer)
        let words = Philox.words(counter, key: key)
        for lane in 0..<min(4, input.count - start) {
            output[start + lane] = words[lane] >= mask.threshold ? mask.factor * input[start + lane] : 0
        }
    }
}
