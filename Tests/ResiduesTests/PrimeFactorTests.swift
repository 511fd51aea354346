import Arithmetic
import Residues
import Testing

@Suite struct PrimeFactorTests {
    /// n = p q of two odd numbers with their two highest bits set, and its parts on one path.
    private func factor(bits: Int, _ generator: inout SplitMix, path: KernelPath) -> (PrimeFactor, whole: RadixModulus)
    {
        let half = bits / 2
        let top = Integer(powerOfTwo: half - 1) + Integer(powerOfTwo: half - 2)
        let (p, q) = (
            top + (generator.integer(bits: half - 3) << 1) + 1, top + (generator.integer(bits: half - 3) << 1) + 1
        )
        let whole = RadixModulus(p * q, path: path)
        return (PrimeFactor(RadixModulus(p, path: path), of: whole), whole)
    }

    /// Sizes at which n's digits have twice the limbs of p's, and fewer: 2080 bits are the first that need 50 of them.
    @Test(arguments: [512, 1024, 2048, 2064, 2080, 2560, 3072, 3600, 4096])
    func residuesReduceAsDivisionDoes(bits: Int) {
        for path in KernelPath.available {
            var generator = SplitMix(seed: bits)
            let (factor, whole) = factor(bits: bits, &generator, path: path)
            let (n, p) = (whole.value, factor.modulus.value)
            let edges = [0, 1, p, n, n - 1, n + 1, whole.square - 1, whole.square - n, p * p, p * p - 1]
            let numbers = edges + (0..<14).map { _ in generator.integer(below: whole.square) }
            for first in stride(from: 0, to: numbers.count, by: 8) {
                let chosen = Array(numbers[first..<min(first + 8, numbers.count)])
                let reduced = factor.reduce(ElementBlock(whole, chosen.map(whole.residue)[...]))
                #expect(reduced.montgomeryIntegers(chosen.count) == chosen.map { $0.modulo(p * p) })
            }
        }
    }

    /// The inverse modulo n, divided by R modulo p, is that of the Montgomery form modulo p.
    @Test(arguments: [512, 2048, 2080, 3072]) func inversesReduceToInverses(bits: Int) throws {
        for path in KernelPath.available {
            var generator = SplitMix(seed: bits + 1)
            let (factor, whole) = factor(bits: bits, &generator, path: path)
            let units = generator.units(8, modulo: whole)
            let block = ElementBlock(whole, units.map(whole.residue)[...])
            let inverses = whole.lowerInverses(variableTime: [block])[0]
            let exponent = generator.integer(bits: 100)
            let power = factor.reduce(block)
            FixedExponent(exponent, modulo: factor.modulus).power(power, inverses: factor.reduce(inverses))
            let square = factor.modulus.square
            #expect(power.integers(8) == units.map { $0.power(exponent, modulo: square, variableTime: true) })
        }
    }

    @Test func digitsMultiplyAndSubtract() throws {
        for path in KernelPath.available {
            var generator = SplitMix(seed: 3)
            let modulus = RadixModulus(generator.modulus(bits: 1024), path: path)
            let n = modulus.value
            let numbers = [0, n - 1, 1] + (0..<5).map { _ in generator.integer(below: n) }
            // Upper digits of 1 + m n are m.
            let digits = ElementBlock(modulus, onePlusMultiples: numbers).upperDigits
            let factor = generator.integer(below: n)
            digits.multiply(by: DigitBlock(modulus, factor: factor))
            #expect(digits.integers(8) == numbers.map { ($0 * factor).modulo(n) })
            digits.subtract(ElementBlock(modulus, onePlusMultiples: numbers).upperDigits)
            #expect(digits.integers(8) == numbers.map { ($0 * factor - $0).modulo(n) })
        }
    }
}
