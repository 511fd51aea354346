import Cryptography
import Testing
import Vole

@Suite struct NoiseSharesTests {
    /// The receiver's share is the sender's + D y, for noise at its bounds and random noise.
    @Test func sharesDifferByTheProduct() {
        var generator = SplitMix(seed: 7)
        let edges = [BinaryElement(), BinaryElement(low: 1), BinaryElement(low: .max, high: .max)]
        for delta in edges + [generator.element()] {
            let noise = [0, 1, 1 << 63, .max] + generator.words(20)
            let bits = SecretBytes(count: 128) { bits in
                for i in 0..<128 { bits[i] = UInt8((i < 64 ? delta.low : delta.high) >> (i % 64) & 1) }
            }
            let keys = (0..<128).map { _ in (generator.key(), generator.key()) }
            let (message, own) = NoiseShares.offer(SecretWords(noise), keys: keys)
            #expect(message.count == 128 * 24 * 16)
            let chosen = bits.withUnsafeBytes { bits in keys.enumerated().map { bits[$0] == 0 ? $1.0 : $1.1 } }
            let other = NoiseShares.accept(message, delta: bits, keys: chosen)
            for (index, y) in noise.enumerated() {
                #expect(own[element: index] == other[element: index] + delta * BinaryElement(low: y))
            }
            #expect(Set(own.copy()).count == 48)
        }
    }
}
