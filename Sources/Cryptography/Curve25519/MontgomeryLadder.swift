/// x-coordinates on Curve25519, `v^2 = u^3 + 486662 u^2 + u`, as fractions, and their multiplication by a secret.
enum MontgomeryLadder {
    /// (486662 - 2) / 4, RFC 7748 section 5.
    private static let a24: UInt64 = 121_665

    /// The point `x` times the scalar of one lane in a row of ``LadderBits``, as a fraction X / Z; Z = 0 is the point at infinity.
    ///
    /// Montgomery's ladder as in RFC 7748, section 5, without the final division: the same operations for every scalar and point.
    /// `x` is loose; X and Z are tight.
    static func multiply(
        _ x: FieldElement, by row: UnsafePointer<UInt8>, lane: Int, steps: Int
    ) -> (x: FieldElement, z: FieldElement) {
        let x1 = x.carried()
        var (x2, z2) = (FieldElement.one, FieldElement.zero)
        var (x3, z3) = (x1, FieldElement.one)
        var previous: UInt64 = 0
        for step in 0..<steps {
            let bit = UInt64(row[step] &>> UInt8(lane)) & 1
            // Exchanged last time and again now: not at all.
            let mask = 0 &- (bit ^ previous)
            previous = bit
            FieldElement.swap(&x2, &x3, mask: mask)
            FieldElement.swap(&z2, &z3, mask: mask)
            let (a, b) = (x2 + z2, x2 - z2)
            let (c, d) = (x3 + z3, x3 - z3)
            let (aa, bb, da, cb) = (a.squared(), b.squared(), d * a, c * b)
            let e = aa - bb
            x3 = (da + cb).squared()
            z3 = x1 * (da - cb).squared()
            x2 = aa * bb
            z2 = e * (aa + e.times(a24))
        }
        FieldElement.swap(&x2, &x3, mask: 0 &- previous)
        FieldElement.swap(&z2, &z3, mask: 0 &- previous)
        return (x2, z2)
    }
}
