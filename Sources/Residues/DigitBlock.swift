package import Arithmetic

/// Eight numbers modulo n, one in each lane: what a digit of an ``ElementBlock`` is.
package final class DigitBlock: Sendable {
    package let modulus: RadixModulus
    let memory: LimbBuffer
    var start: Limbs { memory.start }

    init(_ modulus: RadixModulus, _ memory: LimbBuffer) {
        self.modulus = modulus
        self.memory = memory
    }

    /// The same number below n in every lane, times R: multiplying by it multiplies by the number.
    package init(_ modulus: RadixModulus, factor: Integer) {
        self.modulus = modulus
        memory = modulus.makeBlock()
        modulus.write((factor * modulus.radix).modulo(modulus.value), toAllLanesOf: memory)
    }

    /// The same numbers for another modulus with as many limbs: they must be below twice that.
    package init(_ modulus: RadixModulus, copying other: DigitBlock) {
        precondition(modulus.limbs == other.modulus.limbs, "moduli of one size")
        self.modulus = modulus
        memory = modulus.makeDigits()
        memory.start.copy(other.start, count: modulus.upper)
    }

    /// Multiplies lane by lane and divides by R; canonical.
    package func multiply(by other: DigitBlock) {
        modulus.reduceProduct(start, start, other.start)
        modulus.sum(start, start, modulus.zero)
    }

    /// Subtracts numbers below 2 n lane by lane; canonical.
    package func subtract(_ other: DigitBlock) {
        modulus.sum(start, start, modulus.zero, minus: other.start)
    }

    /// The first numbers.
    package func integers(_ count: Int) -> [Integer] {
        let row = LimbBuffer(words: modulus.limbs)
        return (0..<count).map { lane in
            for limb in 0..<modulus.limbs { row.start[limb] = start[RadixModulus.lanes * limb + lane] }
            return Integer(limbs: row.start, count: modulus.limbs)
        }
    }
}

extension ElementBlock {
    /// The upper digits of canonical elements.
    package var upperDigits: DigitBlock {
        modulus.canonicalise(start)
        let digits = modulus.makeDigits()
        digits.start.copy(start + modulus.upper, count: modulus.upper)
        return DigitBlock(modulus, digits)
    }
}

extension RadixModulus {
    /// The inverses modulo n of the lower digits of units, with one inversion for all. Variable time.
    package func lowerInverses(variableTime blocks: [ElementBlock]) -> [DigitBlock] {
        Bases.invert(self, blocks.map(\.memory)).map { DigitBlock(self, $0) }
    }
}
