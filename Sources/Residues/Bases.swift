internal import Arithmetic
internal import Workers

/// Units modulo n^2 in normalised form, to be multiplied many times: a (1 + n lambda), in Montgomery's form.
///
/// Each takes four numbers modulo n: a; lambda; 1 / a and R^2 / a, which products of two bases need.
final class Bases: Sendable {
    let modulus: RadixModulus
    let count: Int
    private let memory: LimbBuffer
    /// Words of one base.
    private let rowWords: Int

    /// - Parameter elements: Blocks in Montgomery's form, all units.
    /// - Parameter count: How many of their elements count.
    init(_ modulus: RadixModulus, blocks: [LimbBuffer], count: Int) {
        self.modulus = modulus
        self.count = count
        rowWords = 4 * modulus.limbs
        memory = LimbBuffer(words: count * rowWords + RadixModulus.lanes)
        let inverses = Self.invert(modulus, blocks)
        let (memory, rowWords) = (memory, rowWords)
        // Where this is cancelled, so is whatever would use the bases.
        _ = WorkerPool.shared.run(count: blocks.count) { index in
            Self.normalise(
                modulus, blocks[index], inverse: inverses[index],
                into: (0..<min(RadixModulus.lanes, count - index * RadixModulus.lanes)).map {
                    memory.start + (index * RadixModulus.lanes + $0) * rowWords
                })
        }
    }

    /// The limbs of a base: a, lambda, 1 / a, R^2 / a. They are there as long as this is.
    subscript(index: Int) -> UnsafePointer<UInt64> {
        precondition(index < count, "a base that is there")
        return (memory.start + index * rowWords).withPointer { UnsafePointer($0) }
    }

    private static func normalise(
        _ modulus: RadixModulus, _ block: LimbBuffer, inverse: LimbBuffer, into rows: [Limbs]
    ) {
        let normalised = modulus.normalised(block, inverse: inverse)
        for (lane, row) in rows.enumerated() {
            withPointers(row, normalised.start) { row, block in
                for limb in 0..<4 * modulus.limbs { row[limb] = block[RadixModulus.lanes * limb + lane] }
            }
        }
    }

    /// The inverses modulo n of the lower digits of all elements, with one inversion for all (Montgomery, Mathematics of
    /// Computation 48, 1987, section 10.3.1).
    static func invert(_ modulus: RadixModulus, _ blocks: [LimbBuffer]) -> [LimbBuffer] {
        guard let first = blocks.first else { return [] }
        // products[i] = x_0 ... x_i / R^i in each lane.
        var products = [first]
        for block in blocks.dropFirst() {
            let product = modulus.makeDigits()
            modulus.reduceProduct(product.start, products[products.count - 1].start, block.start)
            products.append(product)
        }
        var inverse = modulus.inverses(ofLanes: products[products.count - 1])
        var inverses: [LimbBuffer] = []
        for index in blocks.indices.dropFirst().reversed() {
            let (own, others) = (modulus.makeDigits(), modulus.makeDigits())
            modulus.reduceProduct(own.start, inverse.start, products[index - 1].start)
            modulus.reduceProduct(others.start, inverse.start, blocks[index].start)
            inverses.append(own)
            inverse = others
        }
        return [inverse] + inverses.reversed()
    }
}

extension RadixModulus {
    /// A block in Montgomery's form as blocks of the four numbers of a base, one behind the other.
    ///
    /// - Parameter inverse: Of the lower digits, modulo n.
    func normalised(_ block: LimbBuffer, inverse: LimbBuffer) -> LimbBuffer {
        let out = LimbBuffer(words: 4 * upper)
        let scaled = makeDigits()
        // lambda = S / a, by way of R / a.
        reduceProduct(scaled.start, inverse.start, radixSquared)
        reduceProduct(out.start + upper, scaled.start, block.start + upper)
        sum(out.start + upper, out.start + upper, zero)
        out.start.copy(block.start, count: upper)
        (out.start + 2 * upper).copy(inverse.start, count: upper)
        reduceProduct(out.start + 3 * upper, scaled.start, radixSquared)
        return out
    }

    /// The inverses of units, all in Montgomery's form.
    ///
    /// A step of Newton's iteration takes an inverse modulo n to one modulo n^2: with x = R / c modulo n, the product v = c x
    /// is R modulo n, and x (2 R - v) / R is the inverse. R and v have the same lower digit.
    func inverses(of blocks: [ElementBlock]) -> [ElementBlock] {
        let unit = montgomeryUnit()
        canonicalise(unit.start)
        return zip(blocks, Bases.invert(self, blocks.map(\.memory))).map { block, inverse in
            let (start, correction) = (ElementBlock(self), makeBlock())
            reduceProduct(start.start, inverse.start, radixSquared)
            reduceProduct(start.start, start.start, radixSquared)
            // Any upper digit would do, but not any words: new memory may hold what are no limbs.
            (start.start + upper).clear(upper)
            multiply(correction.start, block.start, start.start)
            canonicalise(correction.start)
            let (unitUpper, upperDigit) = (unit.start + upper, correction.start + upper)
            sum(upperDigit, unitUpper, unitUpper, minus: upperDigit)
            multiply(start.start, start.start, correction.start)
            return start
        }
    }

    /// The inverses modulo n of a digit in each lane.
    fileprivate func inverses(ofLanes digits: LimbBuffer) -> LimbBuffer {
        let row = LimbBuffer(words: limbs)
        let numbers = (0..<Self.lanes).map { lane in
            for limb in 0..<limbs { row.start[limb] = digits.start[Self.lanes * limb + lane] }
            return Integer(limbs: row.start, count: limbs)
        }
        var products = [numbers[0]]
        for number in numbers.dropFirst() { products.append((products[products.count - 1] * number).modulo(value)) }
        guard var inverse = products[products.count - 1].inverse(modulo: value) else {
            preconditionFailure("bases are units")
        }
        let result = makeDigits()
        for lane in numbers.indices.reversed() {
            let own = lane == 0 ? inverse : (inverse * products[lane - 1]).modulo(value)
            inverse = (inverse * numbers[lane]).modulo(value)
            own.writeLimbs(to: row.start, count: limbs)
            for limb in 0..<limbs { result.start[Self.lanes * limb + lane] = row.start[limb] }
        }
        return result
    }
}
