package import Arithmetic
internal import CMontgomery
internal import Workers

/// Powers of one base, known long before the exponents, by a comb (Lim and Lee, CRYPTO 1994).
///
/// The exponent's bits are cut into pieces of `teeth * spacing` bits. For each piece a table holds the product of every
/// subset of the base's powers `2^(spacing * i)` in it, `i < teeth`. An exponentiation then costs `spacing` squarings and,
/// for each piece that the exponent reaches into, `spacing` multiplications by a normalised base; no step is left out for a
/// zero digit.
package final class FixedBase: Sendable {
    /// Chosen so that tables stay within some tens of megabytes at the widest keys; see Benchmarks.
    private static let (teeth, spacing) = (Exponent.combBytes, 8)
    private static let pieceBits = teeth * spacing

    package let modulus: RadixModulus
    /// Bits of the widest exponent.
    package let exponentBits: Int
    private let tables: SubsetTables

    /// Bytes of the tables for exponents of so many bits, modulo the square of a number of `bits` bits.
    package static func tableBytes(bits: Int, exponentBits: Int) -> Int {
        let pieces = (exponentBits + pieceBits - 1) / pieceBits
        return pieces << teeth * RadixModulus.rowBytes(bits: bits)
    }

    /// Prepares for exponents of up to `exponentBits` bits.
    ///
    /// - Parameter base: A unit below n^2.
    package init(_ base: Integer, modulo modulus: RadixModulus, exponentBits: Int) {
        self.modulus = modulus
        self.exponentBits = exponentBits
        let pieces = (exponentBits + Self.pieceBits - 1) / Self.pieceBits
        let count = pieces * Self.teeth
        // Each base after the other, in all lanes; lane l of block b keeps base 8 b + l.
        let power = modulus.makeBlock()
        modulus.write(base, toAllLanesOf: power)
        modulus.multiply(power.start, power.start, modulus.radixSquared)
        let blocks = (0..<(count + RadixModulus.lanes - 1) / RadixModulus.lanes).map { _ in modulus.makeBlock() }
        for index in 0..<blocks.count * RadixModulus.lanes {
            let (block, lane) = (blocks[index / RadixModulus.lanes], index % RadixModulus.lanes)
            for limb in 0..<2 * modulus.limbs {
                let place = RadixModulus.lanes * limb + lane
                block.start[place] = power.start[place]
            }
            for _ in 0..<Self.spacing { modulus.square(power.start, power.start) }
        }
        let groups = (0..<pieces).map { piece in Array(piece * Self.teeth..<(piece + 1) * Self.teeth) }
        // A key is made whole, whatever is cancelled meanwhile.
        let tables = WorkContext(threads: WorkContext.current.threads).run {
            SubsetTables(Bases(modulus, blocks: blocks, count: count), groups: groups, size: Self.teeth)
        }
        guard let tables else { preconditionFailure("nothing cancels this") }
        self.tables = tables
    }

    /// `base^exponent` for at most eight exponents of one width: elements in Montgomery's form.
    ///
    /// The number of multiplications depends on the exponents' width only; which entries of the tables are read depends on
    /// their bits, which somebody who shares the processor's caches could observe.
    package func powers(variableTime exponents: ArraySlice<Exponent>) -> ElementBlock {
        precondition((1...RadixModulus.lanes).contains(exponents.count), "a block of exponents")
        let bits = exponents[exponents.startIndex].bitCount
        precondition(bits <= exponentBits && exponents.allSatisfy { $0.bitCount == bits }, "exponents of one width")
        let used = (bits + Self.pieceBits - 1) / Self.pieceBits
        let product = BaseProduct(modulus)
        // Tables are larger than the caches: the entries of one step are asked for while the step before computes.
        let entries = (0..<2).map { _ in LanePointers { _ in modulus.identity } }
        func look(_ step: Int) {
            let (offset, piece) = (Self.spacing - 1 - step / used, step % used)
            entries[step % 2].fill { lane in
                let exponent = exponents[exponents.startIndex + min(lane, exponents.count - 1)]
                let entry = tables.entry(exponent.combDigit(from: piece * Self.teeth, bit: offset), of: piece)
                cm_prefetch(entry, modulus.rowWords)
                return entry
            }
        }
        let steps = Self.spacing * used
        look(0)
        for step in 0..<steps {
            if step + 1 < steps { look(step + 1) }
            if step % used == 0 { product.square() }
            product.multiply(entries[step % 2])
        }
        return product.finish()
    }
}
