/// Philox 4x32 with ten rounds (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011): four words that
/// depend on a counter and a key alone.
///
/// Good statistics and any place of the stream at once, which is what dropout needs. Not a cipher: never for anything
/// that another party must not guess.
package enum Philox {
    /// The four words of a counter under a key.
    package static func words(_ counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var (state, key) = (counter, key)
        for _ in 0..<10 {
            let left = state[0].multipliedFullWidth(by: 0xD251_1F53)
            let right = state[2].multipliedFullWidth(by: 0xCD9E_8D57)
            state = SIMD4(right.high ^ state[1] ^ key[0], right.low, left.high ^ state[3] ^ key[1], left.low)
            key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
        }
        return state
    }
}

/// Which elements a dropout keeps: element i of draw `step` by bit of word i of Philox's stream.
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
