public import Arithmetic
public import Cryptography

extension RandomStream {
    /// Uniform integers of `bits` bits, row by row: of each the next `ceil(bits / 8)` bytes, little-endian, low bits kept.
    public func integers(rows: Int, columns: Int, bits: Int) -> Matrix<Integer> {
        let size = (bits + 7) / 8
        return Matrix(
            rows: rows, columns: columns,
            elements: (0..<rows * columns).map { _ in Integer(littleEndian: bytes(size)).lowBits(bits) })
    }

    /// Uniform elements of a ring: of each the next 8 or 16 bytes, little-endian.
    public func ringElements<Element: RingElement>(
        rows: Int, columns: Int, of ring: Element.Type = Int64.self
    ) -> Matrix<Element> {
        let size = Element.bitWidth / 8
        return Matrix(
            rows: rows, columns: columns,
            elements: (0..<rows * columns).map { _ in
                bytes(size).reversed().reduce(0) { $0 << 8 | Element(truncatingIfNeeded: $1) }
            })
    }

    /// Initial shares: uniform in `-bound...bound`, up to a bias of `bound / 2^63` that weights do not notice.
    ///
    /// The sum of k of them has the variance `k bound^2 / 3`. A bound is a public choice of the model's start; these are no
    /// masks and hide nothing but themselves.
    public func initialShares<Element: RingElement>(
        rows: Int, columns: Int, bound: Int64, of ring: Element.Type = Int64.self
    ) -> Matrix<Element> {
        precondition(bound >= 0 && bound < 1 << 43, "initial shares are small")
        let count = UInt64(2 * bound + 1)
        return Matrix(
            rows: rows, columns: columns,
            elements: (0..<rows * columns).map { _ in
                Element(Int64(word().multipliedFullWidth(by: count).high) - bound)
            })
    }

    private func word() -> UInt64 { bytes(8).reversed().reduce(0) { $0 << 8 | UInt64($1) } }
}

extension Matrix where Element: RingElement {
    /// One party's sum of the masks that it shares with each other party of its role, in the ring: added towards later
    /// parties of the job's order, subtracted towards earlier ones, so that all parties' sums add up to zero.
    ///
    /// Both ends of a pair draw the same mask. The sum is uniform to whoever lacks the mask of at least one pair.
    public static func zeroSumMask(
        rows: Int, columns: Int, sharedWithLater later: [RandomStream], sharedWithEarlier earlier: [RandomStream]
    ) -> Self {
        let none = Matrix(rows: rows, columns: columns, repeating: 0)
        let added = later.reduce(none) { $0 &+ $1.ringElements(rows: rows, columns: columns, of: Element.self) }
        return earlier.reduce(added) { $0 &- $1.ringElements(rows: rows, columns: columns, of: Element.self) }
    }
}
