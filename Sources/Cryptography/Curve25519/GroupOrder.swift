/// Arithmetic modulo l = 2^252 + 27742317777372353535851937790883648493, the prime order of the base point: what the inverse of a
/// scalar takes. In constant time.
enum GroupOrder {
    private typealias Limbs = InlineArray<4, UInt64>

    private static let order: Limbs = [0x5812_631A_5CF5_D3ED, 0x14DE_F9DE_A2F7_9CD6, 0, 0x1000_0000_0000_0000]
    /// -1 / l modulo 2^64.
    private static let negatedInverse: UInt64 = 0xD2B5_1DA3_1254_7E1B
    /// 1 / 2^262 modulo l.
    private static let factor: Limbs = [
        0x63A1_0DC7_8263_93F1, 0xFEC9_A5F3_68EB_6B3D, 0x0D85_39D5_0E3F_E8DA, 0x0327_6DB1_BC9B_FA46,
    ]

    /// 1 / (8 a) modulo l, for a clamped scalar a.
    ///
    /// It is 1 / (64 k) with k = a / 8, which is below l and not 0. As each product is divided by R = 2^256, the power of k to l - 2,
    /// of l - 3 products, is R^(3 - l) / k = R^2 / k. One more product, by 1 / (64 R), makes that 1 / (64 k).
    static func inverseOfEightfold(_ scalar: Words) -> Words {
        let base: Limbs = [
            scalar.w0 &>> 3 | scalar.w1 &<< 61, scalar.w1 &>> 3 | scalar.w2 &<< 61, scalar.w2 &>> 3 | scalar.w3 &<< 61,
            scalar.w3 &>> 3,
        ]
        var exponent = order
        exponent[0] -= 2
        // Square and multiply: the exponent is no secret. Its highest bit, number 252, is in the base.
        var power = base
        for position in stride(from: 251, through: 0, by: -1) {
            power = product(power, power)
            if exponent[position / 64] >> UInt64(position % 64) & 1 == 1 { power = product(power, base) }
        }
        let inverse = product(power, factor)
        return Words(inverse[0], inverse[1], inverse[2], inverse[3])
    }

    /// a b / 2^256 modulo l, for numbers below l (Montgomery, Mathematics of Computation 44, 1985).
    private static func product(_ a: Limbs, _ b: Limbs) -> Limbs {
        // Below 2 l after each word of a, so below 2^254.
        var sum: Limbs = [0, 0, 0, 0]
        for word in 0..<4 {
            // sum = (sum + a[word] b + q l) / 2^64, with q such that this is a whole number.
            var left = wide(a[word], b[0]) &+ UInt128(sum[0])
            let q = low(left) &* negatedInverse
            var right = wide(q, order[0]) &+ UInt128(low(left))
            for place in 1..<4 {
                left = left &>> 64 &+ wide(a[word], b[place]) &+ UInt128(sum[place])
                right = right &>> 64 &+ wide(q, order[place]) &+ UInt128(low(left))
                sum[place - 1] = low(right)
            }
            sum[3] = low(left &>> 64 &+ right &>> 64)
        }
        return reduced(sum)
    }

    /// A number below 2 l modulo l.
    private static func reduced(_ a: Limbs) -> Limbs {
        var difference: Limbs = [0, 0, 0, 0]
        var borrow: UInt64 = 0
        for place in 0..<4 {
            let wide = UInt128(a[place]) &- UInt128(order[place]) &- UInt128(borrow)
            difference[place] = low(wide)
            borrow = low(wide &>> 64) & 1
        }
        // Where the last one borrows, the number was below l.
        let mask = 0 &- borrow
        for place in 0..<4 { difference[place] ^= mask & (difference[place] ^ a[place]) }
        return difference
    }

    private static func low(_ wide: UInt128) -> UInt64 { UInt64(truncatingIfNeeded: wide) }
}
