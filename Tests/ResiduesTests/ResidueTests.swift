import Arithmetic
import Residues
import Testing

@Suite struct ResidueTests {
    @Test(arguments: sizeClasses) func numbersComeBack(bits: Int) {
        var generator = SplitMix(seed: bits)
        for value in [generator.modulus(bits: bits), Integer(powerOfTwo: bits) - 1] {
            let modulus = RadixModulus(value)
            #expect(modulus.value == value && modulus.square == value * value)
            for number in Operands.edges(value) {
                let residue = modulus.residue(number)
                #expect(modulus.integer(residue) == number)
                #expect(modulus.lowerDigit(residue) == number.modulo(value))
                #expect(ElementBlock(modulus, [residue]).residues(1) == [residue], "digits are canonical")
            }
        }
    }

    @Test(arguments: sizeClasses) func digitsAreQuotientAndRemainder(bits: Int) {
        var generator = SplitMix(seed: bits)
        let modulus = RadixModulus(generator.modulus(bits: bits))
        let numbers = (0..<8).map { _ in generator.integer(below: modulus.square) }
        let digits = ElementBlock(modulus, numbers: numbers).digits(8)
        #expect(digits.map(\.lower) == numbers.map { $0.modulo(modulus.value) })
        #expect(digits.map(\.upper) == numbers.map { $0.floorQuotient(modulus.value) })
    }

    /// However a residue was computed, it is the same value and hashes alike.
    @Test(arguments: KernelPath.available) func equalResiduesAreEqual(path: KernelPath) {
        var generator = SplitMix(seed: 1)
        let modulus = RadixModulus(generator.modulus(bits: 2048), path: path)
        let numbers = Operands.edges(modulus.value)
        for first in stride(from: 0, to: numbers.count, by: 8) {
            let some = Array(numbers[first..<min(first + 8, numbers.count)])
            let block = ElementBlock.montgomery(modulus, some)
            block.fromMontgomery()
            #expect(block.residues(some.count) == some.map { modulus.residue($0) })
        }
        let all = numbers + numbers.reversed()
        #expect(Set(all.map { modulus.residue($0) }).count == Set(numbers).count)
    }

    @Test(arguments: KernelPath.available) func onePlusMultiples(path: KernelPath) {
        var generator = SplitMix(seed: 2)
        let modulus = RadixModulus(generator.modulus(bits: 1536), path: path)
        let n = modulus.value
        let factors: [Integer] = [0, 1, n - 1, generator.integer(below: n), n >> 1]
        let block = ElementBlock(modulus, onePlusMultiples: factors)
        #expect(block.integers(5) == factors.map { 1 + $0 * n })
        #expect(block.integers(8).suffix(3) == .init(repeating: 1 + factors[4] * n, count: 3))
    }

    /// Fewer residues than lanes: the others repeat the first, so that every lane computes with something valid.
    @Test func furtherLanesRepeatTheFirst() {
        let modulus = RadixModulus(Integer(powerOfTwo: 1024) - 1)
        let block = ElementBlock(modulus, numbers: [7, 8, 9])
        #expect(block.integers(8) == [7, 8, 9, 7, 7, 7, 7, 7])
    }

    @Test(arguments: KernelPath.available) func productsOfLowerDigitsKeepCommonFactors(path: KernelPath) {
        var generator = SplitMix(seed: 3)
        let (p, q) = (generator.modulus(bits: 1024), generator.modulus(bits: 1024))
        let modulus = RadixModulus(p * q, path: path)
        for count in [1, 7, 8, 9, 40] {
            let units = generator.units(count, modulo: modulus)
            #expect(modulus.productOfLowerDigits(units.map { modulus.residue($0) }).gcd(p * q) == 1)
            for place in Set([0, count / 2, count - 1]) {
                for (bad, common) in [(p * 3, p), (q + p * q * 5, q), (p * q * 9, p * q)] {
                    var residues = units.map { modulus.residue($0) }
                    residues[place] = modulus.residue(bad)
                    #expect(modulus.productOfLowerDigits(residues).gcd(p * q).modulo(common) == 0)
                }
            }
        }
    }

    @Test func residuesOfAnotherModulusTrap() async {
        await #expect(processExitsWith: .failure) {
            let (small, large) = (
                RadixModulus(Integer(powerOfTwo: 512) - 1), RadixModulus(Integer(powerOfTwo: 2048) - 1)
            )
            _ = ElementBlock(large, [small.residue(1)])
        }
    }
}

@Suite struct RadixModulusTests {
    @Test func theWidestModulusWorks() {
        #expect(RadixModulus.widest == 4146)
        let modulus = RadixModulus(Integer(powerOfTwo: RadixModulus.widest) - 1)
        let block = ElementBlock.montgomery(modulus, [modulus.square - 1])
        block.square()
        #expect(block.montgomeryIntegers(1) == [1])
    }

    @Test func otherModuliTrap() async {
        await #expect(processExitsWith: .failure) {
            _ = RadixModulus(Integer(powerOfTwo: RadixModulus.widest + 1) - 1)
        }
        await #expect(processExitsWith: .failure) { _ = RadixModulus(Integer(powerOfTwo: 2048)) }
        await #expect(processExitsWith: .failure) { _ = RadixModulus(1) }
        await #expect(processExitsWith: .failure) { _ = RadixModulus(-15) }
    }

    @Test func somePathIsAvailable() {
        #expect(KernelPath.available.contains(.portable))
        #expect(KernelPath.fastest == KernelPath.available[0])
    }

    @Test(arguments: sizeClasses) func elementsTakeWholeLimbs(bits: Int) {
        let modulus = RadixModulus(Integer(powerOfTwo: bits) - 1)
        let limbs = (1...8).map { 10 * $0 }.first { 52 * $0 >= bits + 14 && $0 >= 20 }
        #expect(limbs.map { (16 * $0 + 63) / 64 * 64 } == modulus.bytesPerElement)
    }
}
