/// An element of the field of p = 2^255 - 19 in five limbs of radix 2^51: `l0 + l1 2^51 + ... + l4 2^204`.
///
/// Every operation takes constant time: no branch and no index depends on a limb. Two bounds on limbs occur:
///
/// - *tight*: below 2^51 + 2^14. Products, squares and ``carried()`` give it.
/// - *loose*: below 2^54. A sum or difference of two tight elements is loose; products and squares take loose elements.
///
/// So a sum of two sums has to be carried before a product; the ladder and the hash never need one. Written for this project after
/// the bounds analysis of Bernstein, "Curve25519: new Diffie-Hellman speed records" (PKC 2006), and RFC 7748.
package struct FieldElement: Sendable {
    package let l0, l1, l2, l3, l4: UInt64

    /// The limbs, lowest first.
    @inline(__always)
    package init(_ l0: UInt64, _ l1: UInt64, _ l2: UInt64, _ l3: UInt64, _ l4: UInt64) {
        (self.l0, self.l1, self.l2, self.l3, self.l4) = (l0, l1, l2, l3, l4)
    }

    /// A small number, below 2^51.
    @inline(__always)
    package init(_ value: UInt64) {
        self.init(value, 0, 0, 0, 0)
    }

    package static let zero = FieldElement(0)
    package static let one = FieldElement(1)

    static let limbMask: UInt64 = 1 << 51 - 1

    /// Two tight elements, or a sum of two and a third = loose.
    @inline(__always)
    package static func + (a: FieldElement, b: FieldElement) -> FieldElement {
        FieldElement(a.l0 &+ b.l0, a.l1 &+ b.l1, a.l2 &+ b.l2, a.l3 &+ b.l3, a.l4 &+ b.l4)
    }

    /// Tight - tight = loose: 4p is added, whose limbs, about 2^53, exceed any tight limb, so that none goes below zero.
    @inline(__always)
    package static func - (a: FieldElement, b: FieldElement) -> FieldElement {
        let (low, high): (UInt64, UInt64) = (1 << 53 - 76, 1 << 53 - 4)
        return FieldElement(
            a.l0 &+ low &- b.l0, a.l1 &+ high &- b.l1, a.l2 &+ high &- b.l2, a.l3 &+ high &- b.l3,
            a.l4 &+ high &- b.l4)
    }

    /// Loose x loose = tight. A column is a sum of five products below 2^108, some times 19: below 2^115.
    @inline(__always)
    package static func * (a: FieldElement, b: FieldElement) -> FieldElement {
        // 2^255 = 19 mod p, so the columns from 2^255 on come back 19-fold; 19 b stays below 2^59.
        let (b1, b2, b3, b4) = (19 &* b.l1, 19 &* b.l2, 19 &* b.l3, 19 &* b.l4)
        let c0 = wide(a.l0, b.l0) &+ wide(a.l1, b4) &+ wide(a.l2, b3) &+ wide(a.l3, b2) &+ wide(a.l4, b1)
        let c1 = wide(a.l0, b.l1) &+ wide(a.l1, b.l0) &+ wide(a.l2, b4) &+ wide(a.l3, b3) &+ wide(a.l4, b2)
        let c2 = wide(a.l0, b.l2) &+ wide(a.l1, b.l1) &+ wide(a.l2, b.l0) &+ wide(a.l3, b4) &+ wide(a.l4, b3)
        let c3 = wide(a.l0, b.l3) &+ wide(a.l1, b.l2) &+ wide(a.l2, b.l1) &+ wide(a.l3, b.l0) &+ wide(a.l4, b4)
        let c4 = wide(a.l0, b.l4) &+ wide(a.l1, b.l3) &+ wide(a.l2, b.l2) &+ wide(a.l3, b.l1) &+ wide(a.l4, b.l0)
        return carry(c0, c1, c2, c3, c4)
    }

    /// Loose squared = tight: equal products of the multiplication taken once, doubled.
    @inline(__always)
    package func squared() -> FieldElement {
        let (d0, d1, d2) = (2 &* l0, 2 &* l1, 2 &* l2)
        let (n3, n4) = (19 &* l3, 19 &* l4)
        let c0 = wide(l0, l0) &+ wide(d1, n4) &+ wide(d2, n3)
        let c1 = wide(d0, l1) &+ wide(d2, n4) &+ wide(l3, n3)
        let c2 = wide(d0, l2) &+ wide(l1, l1) &+ wide(2 &* l3, n4)
        let c3 = wide(d0, l3) &+ wide(d1, l2) &+ wide(l4, n4)
        let c4 = wide(d0, l4) &+ wide(d1, l3) &+ wide(l2, l2)
        return FieldElement.carry(c0, c1, c2, c3, c4)
    }

    /// Loose x number below 2^20 = tight.
    @inline(__always)
    package func times(_ factor: UInt64) -> FieldElement {
        FieldElement.carry(wide(l0, factor), wide(l1, factor), wide(l2, factor), wide(l3, factor), wide(l4, factor))
    }

    /// The same element, tight. Takes any limbs.
    @inline(__always)
    package func carried() -> FieldElement {
        FieldElement.carry(UInt128(l0), UInt128(l1), UInt128(l2), UInt128(l3), UInt128(l4))
    }

    /// Columns below 2^115 = tight: each hands what is above its 51 bits to the next, the last one 19-fold to the first.
    ///
    /// A carry is below 2^64. The last column has no 19-fold products: it is below 5 x 2^108 + 2^64, its carry below 2^59.4, and
    /// 19 times that below 2^63.7, so the sum in the first limb fits.
    @inline(__always)
    private static func carry(
        _ c0: UInt128, _ c1: UInt128, _ c2: UInt128, _ c3: UInt128, _ c4: UInt128
    ) -> FieldElement {
        let c1 = c1 &+ c0 &>> 51
        let c2 = c2 &+ c1 &>> 51
        let c3 = c3 &+ c2 &>> 51
        let c4 = c4 &+ c3 &>> 51
        let l0 = low(c0) &+ 19 &* UInt64(truncatingIfNeeded: c4 &>> 51)
        return FieldElement(l0 & limbMask, low(c1) &+ l0 &>> 51, low(c2), low(c3), low(c4))
    }

    @inline(__always)
    private static func low(_ column: UInt128) -> UInt64 { UInt64(truncatingIfNeeded: column) & limbMask }

    /// Exchanges `a` and `b` where `mask` is all ones; leaves them where it is 0.
    @inline(__always)
    static func swap(_ a: inout FieldElement, _ b: inout FieldElement, mask: UInt64) {
        let (x0, x1, x2, x3, x4) = (
            mask & (a.l0 ^ b.l0), mask & (a.l1 ^ b.l1), mask & (a.l2 ^ b.l2), mask & (a.l3 ^ b.l3),
            mask & (a.l4 ^ b.l4)
        )
        a = FieldElement(a.l0 ^ x0, a.l1 ^ x1, a.l2 ^ x2, a.l3 ^ x3, a.l4 ^ x4)
        b = FieldElement(b.l0 ^ x0, b.l1 ^ x1, b.l2 ^ x2, b.l3 ^ x3, b.l4 ^ x4)
    }

    /// `a` where `mask` is all ones, `b` where it is 0.
    @inline(__always)
    static func select(_ a: FieldElement, else b: FieldElement, mask: UInt64) -> FieldElement {
        FieldElement(
            b.l0 ^ mask & (a.l0 ^ b.l0), b.l1 ^ mask & (a.l1 ^ b.l1), b.l2 ^ mask & (a.l2 ^ b.l2),
            b.l3 ^ mask & (a.l3 ^ b.l3), b.l4 ^ mask & (a.l4 ^ b.l4))
    }
}

/// The full product of two words: one instruction where the processor has it.
@inline(__always)
func wide(_ a: UInt64, _ b: UInt64) -> UInt128 {
    UInt128(truncatingIfNeeded: a) &* UInt128(truncatingIfNeeded: b)
}
