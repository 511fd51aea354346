package import Arithmetic

/// A secret exponent that serves many bases. Wiped when it goes.
///
/// Fixed windows of four bits over normalised powers: neither instructions nor addresses depend on the exponent, only their
/// number on its width. Every window reads its whole table. The lambdas of the powers that are multiplied add up to
/// sum(lambda_i e_i) over the table, with e_i the sum of 16^j over the places j of digit i: numbers of the exponent alone.
package final class FixedExponent: Sendable {
    private static let windowBits = 4
    private static let entries = 1 << windowBits
    private let modulus: RadixModulus
    /// The most significant first, a word each.
    private let windows: LimbBuffer
    private let count: Int
    /// e_i times R modulo n, the same in each lane.
    private let places: [LimbBuffer]

    /// - Parameter exponent: Not negative.
    package init(_ exponent: Integer, modulo modulus: RadixModulus) {
        self.modulus = modulus
        let count = max(1, (exponent.bitLength + Self.windowBits - 1) / Self.windowBits)
        self.count = count
        windows = LimbBuffer(words: count)
        var sums = [Integer](repeating: 0, count: Self.entries)
        var place = modulus.radix.modulo(modulus.value)
        for index in 0..<count {
            let window = Int((exponent >> (index * Self.windowBits)).lowBits(Self.windowBits).truncatingInt64)
            windows.start[count - 1 - index] = UInt64(window)
            sums[window] = (sums[window] + place).modulo(modulus.value)
            place = (place << Self.windowBits).modulo(modulus.value)
        }
        places = sums.map { sum in
            let block = modulus.makeBlock()
            modulus.write(sum, toAllLanesOf: block)
            return block
        }
    }

    /// Raises each lane of a block of units in Montgomery's form, and leaves that form.
    ///
    /// - Parameter inverses: Of the block's lower digits modulo n, below 2 n.
    package func power(_ block: ElementBlock, inverses: DigitBlock) {
        let (digit, entryWords) = (modulus.upper, modulus.digitWords)
        let base = modulus.normalised(block.memory, inverse: inverses.memory)
        // Factors of all powers in one table, for windows to choose from; lambda and 1 / a are needed only once.
        let table = LimbBuffer(words: Self.entries * entryWords)
        let lambda = LimbBuffer(words: digit)
        let (scratch, product) = (modulus.makeBlock(), modulus.makeDigits())
        var power = LimbBuffer(words: RadixModulus.lanes * wholeVectors(3 * modulus.limbs))
        modulus.gather(LanePointers { _ in modulus.identity }, limbs: 3 * modulus.limbs, into: power.start)
        for index in 0..<Self.entries {
            if index > 0 {
                let next = LimbBuffer(words: 3 * digit)
                modulus.multiplyNormalised(power.start, by: base.start, scratch, into: next.start)
                power = next
            }
            (table.start + index * entryWords).copy(power.start, count: digit)
            modulus.reduceProduct(product.start, power.start + digit, places[index].start)
            modulus.sum(lambda.start, lambda.start, product.start)
        }
        let factor = modulus.makeDigits()
        for index in 0..<count {
            let window = Int(windows.start[index])
            modulus.select(factor.start, from: table.start, entries: Self.entries, index: window)
            if index == 0 {
                block.start.copy(factor.start, count: digit)
                (block.start + digit).clear(digit)
                continue
            }
            for _ in 0..<Self.windowBits { modulus.square(block.start, block.start) }
            modulus.multiplyBase(block.start, block.start, factor.start)
        }
        modulus.leave(block.start, block.start, lambda: lambda.start)
    }
}
