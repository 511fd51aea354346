import Tensors
import Testing

@Suite struct DropoutTests {
    /// The known answers of Random123, the authors' implementation.
    @Test func philoxAgreesWithItsAuthors() {
        #expect(
            Philox.words(SIMD4(repeating: 0), key: SIMD2(repeating: 0))
                == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        #expect(
            Philox.words(SIMD4(repeating: .max), key: SIMD2(repeating: .max))
                == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        #expect(
            Philox.words(
                SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: SIMD2(0xa409_3822, 0x299f_31d0))
                == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    private static func dropped(
        _ count: Int, rate: Float, seed: UInt64 = 1, layer: UInt32 = 0, step: Int32 = 0
    ) -> (output: Tensor, gradient: Tensor) {
        let evaluation = Evaluation(
            { graph, x, step in graph.dropout(x[0], step: step[0], rate: rate, seed: seed, layer: layer) },
            [Tensor([count], repeating: 1)], [IndexTensor([1], [step])],
            weights: { Tensor($0, repeating: 1) })
        return (evaluation.output, evaluation.gradients[0])
    }

    @Test(arguments: [Float(0), 0.1, 0.5, 0.9])
    func dropsAtItsRateAndKeepsTheMean(rate: Float) {
        let count = 100_000
        let (output, gradient) = Self.dropped(count, rate: rate)
        #expect(output == gradient, "the backward pass drops what the forward pass dropped")
        #expect(Set(output.elements).isSubset(of: [0, 1 / (1 - rate)]))
        let zeros = output.elements.count { $0 == 0 }
        // Six standard deviations of a binomial count.
        let deviation = (Double(count) * Double(rate) * (1 - Double(rate))).squareRoot()
        #expect(abs(Double(zeros) - Double(count) * Double(rate)) <= 6 * deviation)
    }

    @Test func everyStepLayerAndSeedHasItsOwnMask() {
        let mask = Self.dropped(1000, rate: 0.5).output
        #expect(Self.dropped(1000, rate: 0.5).output == mask)
        for other in [
            Self.dropped(1000, rate: 0.5, seed: 2), Self.dropped(1000, rate: 0.5, seed: 1 << 32 | 1),
            Self.dropped(1000, rate: 0.5, layer: 1), Self.dropped(1000, rate: 0.5, step: 1),
            Self.dropped(1000, rate: 0.5, step: -1),
        ] {
            // Independent masks agree in about half of their places.
            let equal = zip(other.output.elements, mask.elements).count { $0 == $1 }
            #expect((400...600).contains(equal))
        }
        // A shorter tensor sees the beginning of the same mask.
        #expect(Self.dropped(333, rate: 0.5).output.elements == Array(mask.elements.prefix(333)))
    }
}
