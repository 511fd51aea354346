package import Arithmetic

/// Eight residues modulo n^2, one in each lane, as the kernels compute with them.
///
/// Whether they are in Montgomery's form (times R) is for the user to know: a product of two of which one is gives the plain
/// residue.
package final class ElementBlock: Sendable {
    package let modulus: RadixModulus
    let memory: LimbBuffer
    var start: Limbs { memory.start }

    init(_ modulus: RadixModulus, copying block: Limbs) {
        self.modulus = modulus
        memory = modulus.makeBlock()
        memory.start.copy(block, count: memory.count)
    }

    /// At most eight residues; further lanes repeat the first.
    package convenience init(_ modulus: RadixModulus, _ residues: ArraySlice<Residue>) {
        self.init(modulus)
        LaneRows(modulus).load(residues, into: memory.start)
    }

    /// The same number below n^2 in every lane.
    convenience init(_ modulus: RadixModulus, repeating number: Integer) {
        self.init(modulus)
        modulus.write(number, toAllLanesOf: memory)
    }

    /// For each lane, `1 + m n` with `m` below n.
    package convenience init(_ modulus: RadixModulus, onePlusMultiples factors: [Integer]) {
        self.init(modulus)
        let rows = LaneRows(modulus)
        for lane in 0..<RadixModulus.lanes {
            Integer(1).writeLimbs(to: rows[lane], count: modulus.limbs)
            factors[min(lane, factors.count - 1)].writeLimbs(to: rows[lane] + modulus.limbs, count: modulus.limbs)
        }
        rows.load(into: memory.start)
    }

    /// Zeros.
    init(_ modulus: RadixModulus) {
        self.modulus = modulus
        memory = modulus.makeBlock()
    }

    /// Multiplies lane by lane and divides by R.
    package func multiply(by other: ElementBlock) {
        modulus.multiply(start, start, other.start)
    }

    /// Squares lane by lane and divides by R.
    package func square() {
        modulus.square(start, start)
    }

    /// Brings plain residues into Montgomery's form.
    package func toMontgomery() {
        modulus.multiply(start, start, modulus.radixSquared)
    }

    /// Brings residues back from Montgomery's form.
    package func fromMontgomery() {
        modulus.leave(start, start, lambda: modulus.zero)
    }

    /// The first residues as they are, with canonical digits.
    package func residues(_ count: Int) -> [Residue] {
        modulus.canonicalise(start)
        return LaneRows(modulus).residues(start, count: count)
    }

    /// The first residues as numbers below n^2.
    package func integers(_ count: Int) -> [Integer] {
        modulus.canonicalise(start)
        let rows = LaneRows(modulus)
        rows.store(start)
        return (0..<count).map { modulus.integer(rows[$0]) }
    }

    /// Of each of the first residues, the digits: the number is `lower + n upper`.
    package func digits(_ count: Int) -> [(lower: Integer, upper: Integer)] {
        modulus.canonicalise(start)
        let rows = LaneRows(modulus)
        rows.store(start)
        return (0..<count).map {
            (
                Integer(limbs: rows[$0], count: modulus.limbs),
                Integer(limbs: rows[$0] + modulus.limbs, count: modulus.limbs)
            )
        }
    }
}
