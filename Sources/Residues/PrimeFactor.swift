package import Arithmetic

/// A secret prime factor p of n: takes residues modulo n^2 to residues modulo p^2 without dividing by p, whose time would tell
/// of it. Neither instructions nor addresses depend on p or on the residues.
package final class PrimeFactor: Sendable {
    /// p.
    package let modulus: RadixModulus
    private let whole: RadixModulus
    private let cofactor: DigitBlock
    /// R^3 modulo p^2.
    private let radixCubed: LimbBuffer

    /// - Parameters:
    ///   - modulus: p, of half the bits of n.
    ///   - whole: n.
    package init(_ modulus: RadixModulus, of whole: RadixModulus) {
        precondition(whole.limbs <= 2 * modulus.limbs, "two numbers below R hold one modulo n")
        self.modulus = modulus
        self.whole = whole
        cofactor = DigitBlock(modulus, factor: whole.value.floorQuotient(modulus.value).modulo(modulus.value))
        radixCubed = modulus.makeBlock()
        let radix = modulus.radix
        modulus.write((radix * radix * radix).modulo(modulus.square), toAllLanesOf: radixCubed)
    }

    /// Plain residues modulo n^2 as residues modulo p^2, in Montgomery's form.
    ///
    /// With n = p q a residue is P + p (q S). Let P = low + R high and REDC(low) = t with quotient k, so that
    /// low / R = t - p k / R modulo p^2: then P / R has the digits t + high and -k / R.
    package func reduce(_ block: ElementBlock) -> ElementBlock {
        precondition(block.modulus === whole, "residues modulo n^2")
        let element = ElementBlock(modulus)
        let quotient = modulus.makeDigits()
        let upper = element.start + modulus.upper
        halve(block.start, into: element.start, quotient: quotient)
        // q S / R - k / R.
        let product = DigitBlock(modulus, modulus.makeDigits())
        halve(block.start + whole.upper, into: product.start, quotient: modulus.makeDigits())
        modulus.reduceProduct(product.start, product.start, cofactor.start)
        modulus.reduceProduct(quotient.start, quotient.start, modulus.one)
        modulus.sum(upper, product.start, modulus.zero, minus: quotient.start)
        modulus.multiply(element.start, element.start, radixCubed.start)
        return element
    }

    /// Numbers below 2 n, divided by R modulo p: below 2 p.
    package func reduce(_ digits: DigitBlock) -> DigitBlock {
        precondition(digits.modulus === whole, "numbers modulo n")
        let out = modulus.makeDigits()
        halve(digits.start, into: out.start, quotient: modulus.makeDigits())
        return DigitBlock(modulus, out)
    }

    /// out = t + high, below 2 p. R exceeds p by so much that high is below p.
    private func halve(_ number: Limbs, into out: Limbs, quotient: LimbBuffer) {
        let (low, high) = (LimbBuffer(words: modulus.digitWords), LimbBuffer(words: modulus.digitWords))
        low.start.copy(number, count: modulus.upper)
        high.start.copy(number + modulus.upper, count: whole.upper - modulus.upper)
        modulus.reduceProduct(low.start, low.start, modulus.one, quotient: quotient.start)
        modulus.shiftAdd(out, low.start, 0, high.start)
    }
}
