import Arithmetic
import Cryptography
import Shares
import Testing

@Suite struct ShareOptimiserTests {
    private func optimiser(_ rate: String, _ momentum: String = "0", _ decay: String = "0") throws -> ShareOptimiser {
        try ShareOptimiser(
            rate: Fraction(decimal: rate), momentum: Fraction(decimal: momentum), decay: Fraction(decimal: decay))
    }

    private func single(_ value: Integer) -> Matrix<Integer> { Matrix(rows: 1, columns: 1, elements: [value]) }

    /// Mean error of one update in units of 2^-20, and its standard error under an unbiased rounding.
    private func drift(gradient: Integer, label rounding: Rounding) throws -> (mean: Double, deviation: Double) {
        let count = 100_000
        let multiplier = Integer((1 << 40) / 2560 + 1)
        let optimiser = try optimiser("1")
        let zero = WeightShare(Matrix(rows: 1, columns: 1, repeating: 0))
        var (feature, label) = (zero, zero)
        let masks = try RecordedRandomSource(seed: Array("rounding".utf8)).stream("masks").integers(
            rows: 1, columns: count, bits: Product.matMulGradient(batch: 256).maskBits)
        for mask in masks.elements {
            optimiser.step(&feature, gradient: single(-mask), multiplier: multiplier, rounding: .floor)
            optimiser.step(&label, gradient: single(gradient + mask), multiplier: multiplier, rounding: rounding)
        }
        let total = (feature.value &+ label.value).elements[0]
        let exact = -(gradient * multiplier)
        let error = (Integer(total) << 60) - Integer(count) * exact
        let scale = Double(sign: .plus, exponent: 60, significand: 1)
        let fraction = Double(exact.lowBits(60).truncatingInt64) / scale
        let mean = Double((error >> 40).truncatingInt64) / Double(1 << 20) / Double(count)
        return (mean, (fraction * (1 - fraction) / Double(count)).squareRoot())
    }

    @Test(arguments: [987_654_321, -987_654_321, 123_456_789_012, 3])
    func roundingIsUnbiased(gradient: Int) throws {
        let (mean, deviation) = try drift(gradient: Integer(gradient), label: .ceiling)
        #expect(abs(mean) < 4 * deviation)
    }

    @Test func floorOnBothSidesWouldShow() throws {
        let (mean, deviation) = try drift(gradient: 987_654_321, label: .floor)
        #expect(abs(mean) > 100 * deviation)
    }

    @Test func aGradientOfZeroMovesNoWeight() throws {
        let optimiser = try optimiser("0.1", "0.5")
        var feature = WeightShare(Matrix(rows: 1, columns: 1, elements: [17]))
        var label = WeightShare(Matrix(rows: 1, columns: 1, elements: [4]))
        let masks = try RecordedRandomSource(seed: [1]).stream("masks").integers(rows: 1, columns: 50, bits: 174)
        for mask in masks.elements {
            optimiser.step(&feature, gradient: single(-mask), multiplier: 12_345_678_901, rounding: .floor)
            optimiser.step(&label, gradient: single(mask), multiplier: 12_345_678_901, rounding: .ceiling)
            #expect((feature.value &+ label.value).elements == [21])
        }
    }

    /// The same step modulo 2^64 and modulo 2^128, where the latter keeps what the former cuts off.
    @Test func wideSharesMoveAlike() throws {
        let optimiser = try optimiser("0.1", "0.5")
        var narrow = WeightShare(Matrix(rows: 1, columns: 1, elements: [17]))
        var wide = WideWeightShare(Matrix(rows: 1, columns: 1, elements: [17]))
        for gradient in [Integer(powerOfTwo: 120) - 12_345, -Integer(powerOfTwo: 118) - 1] {
            optimiser.step(&narrow, gradient: single(gradient), multiplier: 1 << 40, rounding: .floor)
            optimiser.step(&wide, gradient: single(gradient), multiplier: 1 << 40, rounding: .floor)
            #expect(narrow.velocity == wide.velocity)
            #expect(narrow.value.elements == wide.value.elements.map { Int64(truncatingIfNeeded: $0) })
        }
        // Steps of about 2^100 and 2^98 leave the narrow ring.
        #expect(wide.value.elements[0].magnitude >> 64 != 0)
    }

    @Test func onlyDecayDecays() throws {
        #expect(try !optimiser("0.1", "0.5").decays)
        #expect(try optimiser("0.1", "0.5", "0.01").decays)
    }

    @Test func multipliersAndAlphaAreExact() throws {
        var plain = try optimiser("0.125")
        #expect(try plain.nextMultiplier(batch: 6) == 22_906_492_245)  // 2^40 / 48, to the nearest
        #expect(plain.alpha == 1 << 40)
        var decaying = try optimiser("0.5", "0.9", "0.01")
        _ = try decaying.nextMultiplier(batch: 6)
        #expect(decaying.alpha == 1_094_014_069_637)  // 2^40 * 0.995, ties to even
        #expect(
            decaying.applyAlpha(to: Matrix(rows: 1, columns: 2, elements: [.min, 1000])).elements
                == [-9_177_255_176_669_495_296, 995])
    }

    @Test func parametersThatCannotTrainAreRefused() throws {
        #expect(throws: SharesError.self) { try optimiser("0") }
        #expect(throws: SharesError.self) { try optimiser("0.1", "1") }
        #expect(throws: SharesError.self) { try optimiser("0.1", "0", "10") }
        var tiny = try optimiser("0.000000000001")
        #expect(throws: SharesError.rateTooSmall) { try tiny.nextMultiplier(batch: 256) }
        var steep = try optimiser("0.5", "0", "1.99")
        #expect(throws: SharesError.decayFactorTooSmall) {
            for _ in 0..<3 { _ = try steep.nextMultiplier(batch: 1) }
        }
    }
}
