package import Arithmetic
internal import CMontgomery
internal import Glibc

/// An odd number n, and what arithmetic modulo n^2 needs to know about it. See `CMontgomery.h` for digits and blocks.
///
/// A *row* is one residue in memory: the limbs of its digits one behind the other. Rows of eight residues are gathered into
/// a block to be computed with, one a lane.
package final class RadixModulus: @unchecked Sendable {  // all constant; C's function pointers know no `Sendable`
    /// The widest n.
    package static let widest = limbBits * Int(CM_MAX_LIMBS) - leastHeadroom
    /// Bits by which R exceeds n at least: for the kernels, and for sums of lambdas.
    private static let leastHeadroom = 14
    static let lanes = Int(CM_LANES)

    /// n.
    package let value: Integer
    /// n^2.
    package let square: Integer
    /// The kernels that compute.
    package let path: KernelPath

    /// k, the limbs of a digit.
    let limbs: Int
    /// Words of a row: two digits, rounded up to whole vectors.
    let rowWords: Int
    /// Bits by which R = 2^(52 k) exceeds n.
    let headroom: Int

    private let kernels: cm_kernels
    private let constants: Constants

    private static func limbs(bits: Int) -> Int {
        let step = 10
        return max(2 * step, (bits + leastHeadroom + limbBits * step - 1) / (limbBits * step) * step)
    }

    /// Bytes of a residue modulo the square of a number of so many bits.
    static func rowBytes(bits: Int) -> Int { 8 * wholeVectors(2 * limbs(bits: bits)) }

    /// - Parameter value: Odd, of at most ``widest`` bits.
    package init(_ value: Integer, path: KernelPath = .fastest) {
        precondition(value.isOdd && value > 1 && value.bitLength <= Self.widest, "an odd modulus of a size that fits")
        guard let kernels = path.kernels else { preconditionFailure("this machine lacks \(path.rawValue)") }
        self.value = value
        self.path = path
        self.kernels = kernels
        square = value * value
        limbs = Self.limbs(bits: value.bitLength)
        rowWords = wholeVectors(2 * limbs)
        headroom = limbBits * limbs - value.bitLength
        constants = Constants(value, limbs: limbs)
        write((radix * radix).modulo(square), toAllLanesOf: constants.radixSquared)
        write(1, toAllLanesOf: constants.one)
        writeIdentity()
    }

    /// 1 as a base of ``Bases``: a = R, so 1 / a = 1 / R and R^2 / a = R.
    private func writeIdentity() {
        let residue = radix.modulo(square)
        let lower = residue.modulo(value)
        guard let inverse = lower.inverse(modulo: value) else { preconditionFailure("powers of two are units") }
        let lambda = (residue.floorQuotient(value) * inverse).modulo(value)
        for (index, digit) in [lower, lambda, inverse, lower].enumerated() {
            digit.writeLimbs(to: constants.identity.start + index * limbs, count: limbs)
        }
    }

    /// R.
    var radix: Integer { Integer(powerOfTwo: limbBits * limbs) }

    /// Memory of one element among others.
    package var bytesPerElement: Int { 8 * rowWords }

    /// Words of a block of an element.
    var blockWords: Int { Self.lanes * rowWords }
    /// Words of a block of one digit.
    var digitWords: Int { Self.lanes * wholeVectors(limbs) }
    /// Where the upper digit begins in the block of an element.
    var upper: Int { Self.lanes * limbs }

    func makeBlock() -> LimbBuffer { LimbBuffer(words: blockWords) }
    func makeDigits() -> LimbBuffer { LimbBuffer(words: digitWords) }

    /// R^2: multiplying by it brings a residue into Montgomery's form; its lower digit does so modulo n.
    var radixSquared: Limbs { constants.radixSquared.start }
    /// 1.
    var one: Limbs { constants.one.start }
    /// 1 as a normalised base: see ``Bases``.
    var identity: UnsafePointer<UInt64> { constants.identity.start.withPointer { UnsafePointer($0) } }
    /// A digit 0.
    var zero: Limbs { constants.zero.start }
}

/// Bits of a limb.
let limbBits = 52

/// Words rounded up to whole vectors.
func wholeVectors(_ words: Int) -> Int { (words + RadixModulus.lanes - 1) / RadixModulus.lanes * RadixModulus.lanes }

/// What lies in memory for the kernels as long as the modulus lives.
private final class Constants: @unchecked Sendable {  // written only while a modulus is made
    let descriptor = UnsafeMutablePointer<cm_modulus>.allocate(capacity: 1)
    let radixSquared: LimbBuffer
    let one: LimbBuffer
    let zero: LimbBuffer
    let identity: LimbBuffer
    private let modulus: LimbBuffer
    private let cover: LimbBuffer

    init(_ value: Integer, limbs: Int) {
        modulus = LimbBuffer(words: limbs)
        cover = LimbBuffer(words: limbs + 1)
        let block = RadixModulus.lanes * wholeVectors(2 * limbs)
        (radixSquared, one, zero) = (LimbBuffer(words: block), LimbBuffer(words: block), LimbBuffer(words: block))
        identity = LimbBuffer(words: 4 * limbs + RadixModulus.lanes)
        value.writeLimbs(to: modulus.start, count: limbs)

        let radix = Integer(powerOfTwo: limbBits * limbs)
        let multiple = value * (radix.floorQuotient(value) + 2)
        multiple.writeLimbs(to: cover.start, count: limbs + 1)
        // Borrow 2^52 from each limb for the one below, so that a quotient's limbs can be taken away without borrowing. A limb
        // that is 0 wraps until it has borrowed itself.
        for index in 0..<limbs - 1 {
            cover.start[index] &+= 1 << limbBits
            cover.start[index + 1] &-= 1
        }
        cover.start[limbs - 1] &+= cover.start[limbs] << limbBits

        let limb = Integer(powerOfTwo: limbBits)
        guard let inverse = value.inverse(modulo: limb) else { preconditionFailure("odd numbers have an inverse") }
        let negated = UInt64(bitPattern: (limb - inverse).truncatingInt64)
        descriptor.initialize(
            // Both buffers live as long as this object.
            to: cm_modulus(
                limbs: limbs, negated_inverse: negated, modulus: modulus.start.withPointer { UnsafePointer($0) },
                cover: cover.start.withPointer { UnsafePointer($0) }))
    }

    deinit { descriptor.deallocate() }
}

// MARK: - Rows and integers

extension RadixModulus {
    /// Writes the canonical digits of a residue modulo n^2 to a row.
    func write(_ residue: Integer, to row: Limbs) {
        let upper = residue.floorQuotient(value)
        (residue - upper * value).writeLimbs(to: row, count: limbs)
        upper.writeLimbs(to: row + limbs, count: limbs)
    }

    /// The residue in a row of canonical digits.
    func integer(_ row: Limbs) -> Integer {
        Integer(limbs: row, count: limbs) + value * Integer(limbs: row + limbs, count: limbs)
    }

    func write(_ residue: Integer, toAllLanesOf block: LimbBuffer) {
        let row = LimbBuffer(words: rowWords)
        write(residue, to: row.start)
        row.start.withPointer { row in gather(LanePointers { _ in UnsafePointer(row) }, into: block.start) }
    }
}

extension Integer {
    /// Writes a number that is not negative as limbs of 52 bits; what does not fit is dropped.
    func writeLimbs(to limbs: Limbs, count: Int) {
        withWords { words in
            guard let start = words.baseAddress, !words.isEmpty else { return limbs.clear(count) }
            limbs.withPointer { cm_limbs_from_words($0, count, start, words.count) }
        }
    }

    /// The number of these limbs.
    init(limbs: Limbs, count: Int) {
        self = withUnsafeTemporaryAllocation(of: UInt64.self, capacity: (count * limbBits + 63) / 64) { words in
            guard let start = words.baseAddress else { return 0 }
            limbs.withPointer { cm_words_from_limbs(start, words.count, $0, count) }
            // Plain stores to memory that is given back next would be left out.
            defer { explicit_bzero(start, words.count * 8) }
            return Integer(words: UnsafeBufferPointer(words))
        }
    }
}

extension RadixModulus {
    /// Whether these limbs are those of a number below n.
    func isDigit(_ words: ArraySlice<UInt64>) -> Bool {
        guard words.count == limbs, words.allSatisfy({ $0 >> UInt64(limbBits) == 0 }) else { return false }
        return withExtendedLifetime(constants) {
            let modulus = UnsafeBufferPointer(start: constants.descriptor.pointee.modulus, count: limbs)
            for (word, limit) in zip(words.reversed(), modulus.reversed()) where word != limit { return word < limit }
            return false
        }
    }
}

// MARK: - Kernels

// As in `CMontgomery.h`; `a` and `b` are blocks of elements, `x` and `y` of digits.
extension RadixModulus {
    func multiply(_ out: Limbs, _ a: Limbs, _ b: Limbs) {
        withPointers(out, a, b) { kernels.multiply($0, $1, $2, constants.descriptor) }
    }

    func square(_ out: Limbs, _ a: Limbs) {
        withPointers(out, a) { kernels.square($0, $1, constants.descriptor) }
    }

    func multiplyBase(_ out: Limbs, _ a: Limbs, _ base: Limbs) {
        withPointers(out, a, base) { kernels.multiply_base($0, $1, $2, constants.descriptor) }
    }

    func leave(_ out: Limbs, _ a: Limbs, lambda: Limbs) {
        withPointers(out, a, lambda) { kernels.leave($0, $1, $2, constants.descriptor) }
    }

    func reduceProduct(_ out: Limbs, _ x: Limbs, _ y: Limbs) {
        withPointers(out, x, y) { kernels.reduce_product($0, nil, $1, $2, constants.descriptor) }
    }

    func reduceProduct(_ out: Limbs, _ x: Limbs, _ y: Limbs, quotient: Limbs) {
        withPointers(out, x, y) { out, x, y in
            quotient.withPointer { kernels.reduce_product(out, $0, x, y, constants.descriptor) }
        }
    }

    func sum(_ out: Limbs, _ x: Limbs, _ y: Limbs) {
        withPointers(out, x, y) { kernels.sum($0, $1, $2, nil, constants.descriptor) }
    }

    func sum(_ out: Limbs, _ x: Limbs, _ y: Limbs, minus: Limbs) {
        withPointers(out, x, y) { out, x, y in
            minus.withPointer { kernels.sum(out, x, y, $0, constants.descriptor) }
        }
    }

    func canonicalise(_ a: Limbs) {
        a.withPointer { kernels.canonicalise($0, constants.descriptor) }
    }

    func shiftAdd(_ out: Limbs, _ x: Limbs, _ shift: Int, _ y: Limbs) {
        withPointers(out, x, y) { kernels.shift_add($0, $1, Int32(shift), $2, limbs) }
    }

    /// Rows of elements into a block.
    func gather(_ rows: LanePointers, into block: Limbs) { gather(rows, limbs: 2 * limbs, into: block) }

    func gather(_ rows: LanePointers, limbs: Int, into block: Limbs) {
        rows.withPointers { rows in block.withPointer { kernels.gather($0, rows, limbs) } }
    }

    /// A block of elements into rows.
    func scatter(_ block: Limbs, to rows: [UnsafeMutablePointer<UInt64>]) {
        precondition(rows.count == Self.lanes, "a row for each lane")
        block.withPointer { kernels.scatter(rows, $0, 2 * limbs) }
    }

    func accumulate(_ sums: Limbs, _ rows: LanePointers, offset: Int) {
        rows.withPointers { rows in
            sums.withPointer { kernels.accumulate($0, rows, offset, wholeVectors(limbs)) }
        }
    }

    /// One of several numbers, reading all of them.
    func select(_ out: Limbs, from table: Limbs, entries: Int, index: Int) {
        withPointers(out, table) { kernels.select($0, $1, entries, index, digitWords) }
    }
}
