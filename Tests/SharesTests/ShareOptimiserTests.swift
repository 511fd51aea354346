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

    // MARK: - Some rows

    private func share(_ rows: Int) -> WideWeightShare {
        WideWeightShare(Matrix(rows: rows, columns: 2, elements: (0..<2 * rows).map { Int128($0) << 20 }))
    }

    private func gradient(_ rows: Int) -> Matrix<Integer> {
        Matrix(rows: rows, columns: 2, elements: (0..<2 * rows).map { Integer($0 + 3) << 41 })
    }

    /// Every row by its number is what no numbers mean.
    @Test(arguments: ["0", "0.5"])
    func allRowsAreAllRows(momentum: String) throws {
        let optimiser = try optimiser("1", momentum)
        var (listed, dense) = (share(3), share(3))
        for _ in 0..<3 {
            optimiser.step(&listed, rows: [0, 1, 2], gradient: gradient(3), multiplier: 1 << 39, rounding: .floor)
            optimiser.step(&dense, gradient: gradient(3), multiplier: 1 << 39, rounding: .floor)
        }
        #expect(listed == dense)
        #expect(listed.velocity.count == (momentum == "0" ? 0 : 3))
    }

    /// A row moves when its turn comes, with the velocity that it had when it came last; others neither move nor slow down.
    @Test func momentumIsLazy() throws {
        let optimiser = try optimiser("1", "0.5")
        var all = share(1_000_000)
        // Row 7 alone, in a small matrix.
        var alone = WideWeightShare(Matrix(rows: 1, columns: 2, elements: Array(all.value.row(7))))
        let start = all.value
        for rows in [[7, 999_999], [3], [0, 7]] {
            optimiser.step(&all, rows: rows, gradient: gradient(rows.count), multiplier: 1 << 39, rounding: .ceiling)
            guard let place = rows.firstIndex(of: 7) else { continue }
            let own = Matrix(rows: 1, columns: 2, elements: Array(gradient(rows.count).row(place)))
            optimiser.step(&alone, gradient: own, multiplier: 1 << 39, rounding: .ceiling)
        }
        #expect(all.value.row(7) == alone.value.row(0))
        #expect(all.velocity[7] == alone.velocity[0])
        // 3 * 2^41 in the first round, half of it and 5 * 2^41 in the third.
        #expect(all.velocity[7] == [Integer(13) << 40, Integer(16) << 40])
        #expect(Set(all.velocity.keys) == [0, 3, 7, 999_999])
        #expect((0..<1_000_000).filter { all.value.row($0) != start.row($0) } == [0, 3, 7, 999_999])
    }

    // MARK: - Replay

    /// A replay is a step without momentum, past the velocity that there is, over the same rows and with the same rounding.
    @Test(arguments: [Rounding.floor, .ceiling], [nil, [2, 0]])
    func aReplayBypassesMomentum(rounding: Rounding, rows: [Int]?) throws {
        let (optimiser, plain) = (try optimiser("1", "0.5"), try optimiser("1"))
        let gradient = gradient(rows?.count ?? 3)
        var replayed = share(3)
        optimiser.step(&replayed, rows: rows, gradient: gradient, multiplier: 1 << 39, rounding: rounding)
        var expected = replayed
        // A third of a unit, so that directions of rounding differ.
        let multiplier = Integer((1 << 38) / 3)
        optimiser.replay(&replayed, rows: rows, gradient: gradient, multiplier: multiplier, rounding: rounding)
        expected.velocity = [:]
        plain.step(&expected, rows: rows, gradient: gradient, multiplier: multiplier, rounding: rounding)
        #expect(replayed.value == expected.value)
        #expect(Set(replayed.velocity.keys) == Set(rows ?? [0, 1, 2]))
        #expect(replayed.velocity[2] == Array(gradient.row(rows == nil ? 2 : 0)))
    }

    @Test func savedSharesMustHaveTheirShape() throws {
        var saved = share(3)
        saved.velocity = [2: [1, 2]]
        try saved.requireShape(rows: 3, columns: 2)
        #expect(throws: SharesError.shape(expected: [2, 2], found: [3, 2])) {
            try saved.requireShape(rows: 2, columns: 2)
        }
        for velocity in [[3: [Integer(1), 2]], [-1: [1, 2]], [2: [1]]] {
            saved.velocity = velocity
            #expect(throws: SharesError.self) { try saved.requireShape(rows: 3, columns: 2) }
        }
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
