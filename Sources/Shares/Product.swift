/// A value under encryption that is to be masked, as its bounds: the proof that nothing wraps modulo a Paillier modulus and
/// that a mask hides what it covers.
///
/// |value| <= 2^magnitude, inclusive: the most negative share reaches it. A mask of `magnitude + 121` uniform bits leaves a
/// statistical distance of at most `2^-120` a value. Bounds come from public sizes and from the limits of encoded values,
/// never from data. Source: the share domains and slot table of the project's design; compare BlindFL (arXiv 2206.07975).
public struct Product: Hashable, Sendable {
    /// M: |value| <= 2^M.
    public let magnitude: Int
    /// `2^multiplierBits` bounds the sum of absolute plaintext multipliers that one of its ciphertexts went through.
    public let multiplierBits: Int

    /// Statistical distance of a masked value from a uniform one, in bits.
    static let hidingBits = 120
    /// Bits of an absolute feature, derivative, and element of the rings modulo 2^64 and 2^128.
    private static let (feature, derivative, share, wideShare) = (23, 22, 63, 127)

    /// Bits of a mask.
    public var maskBits: Int { magnitude + Self.hidingBits + 1 }
    /// Bits of a slot: value + offset + mask is below `2^slotBits`, so nothing crosses into the next one.
    public var slotBits: Int { magnitude + Self.hidingBits + 2 }

    /// Slots of one plaintext: below `2^(keyBits - 2) < n / 2`, so its signed reading modulo n is unique.
    ///
    /// - Throws: `SharesError.slotTooWide` where not even one fits.
    public func slots(keyBits: Int) throws(SharesError) -> Int {
        let slots = (keyBits - 2) / slotBits
        guard slots > 0 else { throw .slotTooWide(slotBits: slotBits, keyBits: keyBits) }
        return slots
    }

    /// Bits of the re-randomiser's exponent: more than the key owner could read from the randomness of the ciphertexts that
    /// went in, with `2^-120` to spare. Beyond |n| + 120 more bits change nothing, for the generator's order is below 2^|n|.
    ///
    /// - Parameter packing: The layout in which rows are joined: a join multiplies by powers of two.
    public func randomizerBits(packing: Packing, rows: Int, keyBits: Int) -> Int {
        let joined = min(packing.rowsPerCiphertext, rows)
        let sumBits = multiplierBits + (joined - 1) * packing.columns * slotBits
        return min(keyBits / 2 + sumBits + 1, keyBits) + Self.hidingBits
    }
}

extension Product {
    /// X [[V]]: feature times 64-bit share, `terms` of them summed.
    public static func matMulForward(terms: Int) throws(SharesError) -> Product {
        let log = max(10, try ceilLog2(terms, limit: sizeLimit))
        return Product(magnitude: feature + share + log, multiplierBits: feature + log)
    }

    /// X^T [[dZ]]: feature times derivative, summed over the batch. Up to 2^17 rows, so that the label party's own gradient
    /// fits 64 bits.
    public static func matMulGradient(batch: Int) throws(SharesError) -> Product {
        let log = max(8, try ceilLog2(batch, limit: 1 << 17))
        return Product(magnitude: feature + derivative + log, multiplierBits: feature + log)
    }

    /// A row of an embedding table: a 128-bit share by itself.
    public static var embedLookup: Product { Product(magnitude: wideShare, multiplierBits: 0) }

    /// E [[V]] with both operands shared: share times share, over the terms of both tables together.
    public static func embedForward(ownTerms: Int, labelTerms: Int) throws(SharesError) -> Product {
        let log = 1 + max(8, try ceilLog2(max(ownTerms, labelTerms), limit: sizeLimit))
        return Product(magnitude: 2 * wideShare + log, multiplierBits: wideShare + log)
    }

    /// E^T [[dZ]]: 128-bit share times derivative, summed over the batch.
    public static func embedWeightGradient(batch: Int) throws(SharesError) -> Product {
        let log = max(8, try ceilLog2(batch, limit: embedBatchLimit))
        return Product(magnitude: wideShare + derivative + log, multiplierBits: wideShare + log)
    }

    /// dZ W^T, added up in table rows: derivative times the sum of two shares, over width and batch; its multipliers are
    /// whole rows of shares, `dimension` values packed.
    public static func embedTableGradient(batch: Int, width: Int, dimension: Int) throws(SharesError) -> Product {
        let batchLog = max(8, try ceilLog2(batch, limit: embedBatchLimit))
        let log = batchLog + max(4, try ceilLog2(width, limit: sizeLimit))
        let magnitude = derivative + (wideShare + 1) + log
        let slotBits = magnitude + hidingBits + 2
        return Product(
            magnitude: magnitude, multiplierBits: wideShare + log + (dimension - 1) * slotBits)
    }

    /// Counts of rows: ones summed over rows, at most all of them.
    public static func binCounts(rows: Int) throws(SharesError) -> Product {
        let log = max(8, try ceilLog2(rows, limit: 1 << 30))
        return Product(magnitude: log, multiplierBits: log)
    }

    /// Fractional bits of a column of length 1 whose product with another one is summed over rows: the sum is off by less than
    /// 2^-22 + 2^-46.
    ///
    /// Each of n rounded numbers is off by at most 2^-(f + 1), and the numbers of a column of length 1 add up to at most sqrt(n) in
    /// magnitude. So the sum is off by at most 2 * 2^-(f + 1) sqrt(n) + n 2^-(2f + 2), and 2^f is at least 2^22 sqrt(n).
    public static func correlationFractionBits(rows: Int) throws(SharesError) -> Int {
        22 + (try ceilLog2(rows, limit: correlationLimit) + 1) / 2
    }

    /// Two columns at the scale of ``correlationFractionBits(rows:)``, the squares of each adding up to at most 2^(2f + 1),
    /// multiplied and summed over rows: by Cauchy and Schwarz at most 2^(2f + 1), the magnitudes of one at most
    /// sqrt(n) 2^(f + 1/2).
    public static func correlation(rows: Int) throws(SharesError) -> Product {
        let log = try ceilLog2(rows, limit: correlationLimit)
        let fractionBits = try correlationFractionBits(rows: rows)
        return Product(magnitude: 2 * fractionBits + 1, multiplierBits: fractionBits + (log + 2) / 2)
    }

    private static let correlationLimit = 1 << 30
    private static let sizeLimit = 1 << 40
    private static let embedBatchLimit = 1 << 8

    private static func ceilLog2(_ count: Int, limit: Int) throws(SharesError) -> Int {
        guard (1...limit).contains(count) else { throw .unboundedSize(count, limit: limit) }
        return Int.bitWidth - (count - 1).leadingZeroBitCount
    }
}
