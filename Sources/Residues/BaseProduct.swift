/// A running product of entries of tables, in each of eight lanes: an element in Montgomery's form times (1 + n lambda).
///
/// Good for one product after the other. Lambdas are added up as integers. They fold into the element when they might outgrow
/// the room above n, and at the end.
final class BaseProduct {
    private let modulus: RadixModulus
    private var element: ElementBlock
    private let factor: LimbBuffer
    /// lambda = 2^doublings of it, plus the sums: a row for each lane, not yet gathered.
    private let lambda: LimbBuffer
    private let sums: LimbBuffer
    private let scratch: LimbBuffer
    private var doublings = 0
    private var pending = 0
    private var isEmpty = true
    /// lambda < weight * n.
    private var weight = 0.0
    private let limit: Double

    private static let mostPending = 256

    /// The empty product.
    init(_ modulus: RadixModulus) {
        self.modulus = modulus
        element = ElementBlock(modulus)
        factor = modulus.makeDigits()
        lambda = LimbBuffer(words: modulus.digitWords)
        sums = LimbBuffer(words: RadixModulus.lanes * wholeVectors(modulus.limbs))
        scratch = modulus.makeDigits()
        limit = Double(sign: .plus, exponent: min(1000, modulus.headroom), significand: 1)
    }

    /// Multiplies each lane by an entry: limbs of a, then of lambda.
    func multiply(_ entries: LanePointers) {
        if weight + 1 > limit || pending == Self.mostPending { fold() }
        if isEmpty {
            modulus.gather(entries, limbs: modulus.limbs, into: element.start)
            (element.start + modulus.upper).clear(modulus.upper)
            isEmpty = false
        } else {
            modulus.gather(entries, limbs: modulus.limbs, into: factor.start)
            modulus.multiplyBase(element.start, element.start, factor.start)
        }
        modulus.accumulate(sums.start, entries, offset: modulus.limbs)
        pending += 1
        weight += 1
    }

    /// Squares each lane.
    func square() {
        guard !isEmpty else { return }
        if 2 * weight > limit { fold() }
        if doublings == 1 || pending > 0 { gatherLambda() }
        modulus.square(element.start, element.start)
        doublings = 1
        weight *= 2
    }

    /// The products, in Montgomery's form; begins anew.
    func finish() -> ElementBlock {
        if isEmpty { modulus.multiply(element.start, modulus.one, modulus.radixSquared) }
        fold()
        return takeElement()
    }

    /// The products as plain residues; begins anew.
    func finishPlain() -> ElementBlock {
        if isEmpty { modulus.multiply(element.start, modulus.one, modulus.radixSquared) }
        gatherLambda()
        modulus.leave(element.start, element.start, lambda: lambda.start)
        return takeElement()
    }

    private func takeElement() -> ElementBlock {
        defer {
            element = ElementBlock(modulus)
            lambda.start.clear(lambda.count)
            (doublings, pending, isEmpty, weight) = (0, 0, true, 0)
        }
        return element
    }

    /// Brings lambda up to date.
    private func gatherLambda() {
        let rowWords = wholeVectors(modulus.limbs)
        sums.start.withPointer { start in
            modulus.gather(
                LanePointers { UnsafePointer(start + $0 * rowWords) }, limbs: modulus.limbs, into: scratch.start)
        }
        modulus.shiftAdd(lambda.start, lambda.start, doublings, scratch.start)
        sums.start.clear(sums.count)
        (doublings, pending) = (0, 0)
    }

    /// Multiplies (1 + n lambda) into the element: S += P lambda.
    private func fold() {
        guard weight > 0 else { return }
        gatherLambda()
        modulus.reduceProduct(scratch.start, lambda.start, modulus.radixSquared)
        modulus.reduceProduct(scratch.start, scratch.start, element.start)
        let upper = element.start + modulus.upper
        modulus.sum(upper, upper, scratch.start)
        lambda.start.clear(lambda.count)
        weight = 0
    }
}
