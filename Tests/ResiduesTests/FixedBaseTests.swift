import Arithmetic
import Residues
import Testing
import Workers

@Suite struct FixedBaseTests {
    /// Bits by which widths change the number of tables, on both sides; and the widest.
    private static let widths = [1, 7, 8, 9, 79, 80, 81, 160, 161, 1024, 2169]

    /// Whether powers are GMP's, and the same residues on every path.
    private func check(_ value: Integer, base: Integer, exponentBits: Int, widths: [Int]) {
        let moduli = KernelPath.available.map { RadixModulus(value, path: $0) }
        let bases = moduli.map { FixedBase(base, modulo: $0, exponentBits: exponentBits) }
        for width in widths {
            for count in [1, 3, 8] {
                let name = { (lane: Int) in "\(value.bitLength) \(width) \(count) \(lane)" }
                let exponents = (0..<count).map { Exponent(bitCount: width, from: stream(name($0))) }
                let powers = bases.map { $0.powers(variableTime: exponents[...]) }
                let results = powers.map { $0.residues(count) }
                #expect(results.allSatisfy { $0 == results[0] })
                let expected = (0..<count).map {
                    base.power(exponentValue(bitCount: width, name($0)), modulo: value * value, variableTime: true)
                }
                #expect(powers[0].montgomeryIntegers(count) == expected, "\(width) bits")
            }
        }
    }

    @Test func powersOfEveryWidth() {
        var generator = SplitMix(seed: 21)
        let modulus = RadixModulus(generator.modulus(bits: 2048))
        check(
            modulus.value, base: generator.units(1, modulo: modulus)[0], exponentBits: 2169, widths: Self.widths)
    }

    @Test(arguments: [1, 80, 81]) func tablesOfFewPieces(exponentBits: Int) {
        var generator = SplitMix(seed: 22)
        let modulus = RadixModulus(generator.modulus(bits: 1024))
        let widths = Self.widths.filter { $0 <= exponentBits }
        check(
            modulus.value, base: generator.units(1, modulo: modulus)[0], exponentBits: exponentBits, widths: widths)
    }

    /// Also where n leaves 14 bits of R, so that sums of lambdas reach far into the room.
    @Test(arguments: [512, 1026, 1536, 2066, 2500, 3072, 3500, 4146]) func everySizeOfModulus(bits: Int) {
        var generator = SplitMix(seed: bits)
        let modulus = RadixModulus(generator.modulus(bits: bits))
        check(
            modulus.value, base: generator.units(1, modulo: modulus)[0], exponentBits: bits / 2, widths: [bits / 2])
    }

    /// The largest lambda that there is: of 1 - n.
    @Test func basesOfExtremeDigits() {
        let value = Integer(powerOfTwo: 2066) - 1
        for base in [1, value * value - 1, value * value - value + 1, value + 1, 2] {
            check(value, base: base, exponentBits: 2187, widths: [1, 2187])
        }
    }

    /// Narrow exponents take every value.
    @Test func everyExponent() {
        var generator = SplitMix(seed: 23)
        let modulus = RadixModulus(generator.modulus(bits: 512))
        let base = generator.units(1, modulo: modulus)[0]
        let fixed = FixedBase(base, modulo: modulus, exponentBits: 3)
        var seen: Set<Integer> = []
        for index in 0..<64 {
            let value = exponentValue(bitCount: 3, "narrow \(index)")
            let exponent = Exponent(bitCount: 3, from: stream("narrow \(index)"))
            let power = fixed.powers(variableTime: [exponent]).montgomeryIntegers(1)
            #expect(power == [base.power(value, modulo: modulus.square, variableTime: true)])
            seen.insert(value)
        }
        #expect(seen == Set((0..<8).map { Integer($0) }))
    }

    /// Tables outlive whatever is cancelled while they are made.
    @Test func tablesAreMadeUnderCancellationToo() {
        var generator = SplitMix(seed: 24)
        let modulus = RadixModulus(generator.modulus(bits: 512))
        let base = generator.units(1, modulo: modulus)[0]
        let cancellation = Cancellation()
        cancellation.cancel()
        let fixed = WorkContext(cancellation: cancellation).run {
            FixedBase(base, modulo: modulus, exponentBits: 100)
        }
        let power = fixed.powers(variableTime: [Exponent(bitCount: 100, from: stream("cancelled"))])
        let exponent = exponentValue(bitCount: 100, "cancelled")
        #expect(power.montgomeryIntegers(1) == [base.power(exponent, modulo: modulus.square, variableTime: true)])
    }

    @Test func exponentsThatDoNotFitTrap() async {
        for widths in [[9], [3, 4], []] {
            await #expect(processExitsWith: .failure) { [widths = widths as [Int]] in
                let modulus = RadixModulus(Integer(powerOfTwo: 512) - 1)
                let exponents = widths.map { Exponent(bitCount: $0, from: stream("\($0)")) }
                _ = FixedBase(2, modulo: modulus, exponentBits: 8).powers(variableTime: exponents[...])
            }
        }
    }
}

@Suite struct FixedExponentTests {
    @Test(arguments: [512, 1024, 1536, 2048, 3072]) func agreesWithGMP(bits: Int) {
        var generator = SplitMix(seed: bits)
        let value = generator.modulus(bits: bits)
        let moduli = KernelPath.available.map { RadixModulus(value, path: $0) }
        let square = moduli[0].square
        var numbers = [1, 2, value - 1, square - 1]
        while numbers.count < 8 {
            let number = generator.integer(below: square)
            if number.gcd(value) == 1 { numbers.append(number) }
        }
        var exponents: [Integer] = [0, 1, 2, 15, 16, 17, 255, 256]
        exponents += [3, 4, 5, 64, 200].map { Integer(powerOfTwo: $0) - 1 }
        exponents += [generator.integer(bits: 300), Integer(powerOfTwo: 129), value - 1]
        for exponent in exponents {
            let powers = moduli.map { modulus in
                let block = ElementBlock.montgomery(modulus, numbers)
                let inverses = modulus.lowerInverses(variableTime: [block])[0]
                FixedExponent(exponent, modulo: modulus).power(block, inverses: inverses)
                return block
            }
            let results = powers.map { $0.residues(8) }
            #expect(results.allSatisfy { $0 == results[0] })
            let expected = numbers.map { $0.power(exponent, modulo: square, variableTime: true) }
            #expect(powers[0].integers(8) == expected)
        }
    }
}
