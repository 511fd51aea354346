#pragma once
#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The field of p = 2^255 - 19, an element in each of eight lanes. For functions compiled with AVX-512 IFMA.
//
// An element is limb[0] + 2^51 limb[1] + ... + 2^204 limb[4] modulo p. Three bounds on limbs occur:
//
//   tight    below 2^51 + 2^18. What `carry` makes of anything, and what products take.
//   wide     below 125 * 2^52, which is below 2^59: products of tight elements.
//   covered  wide, plus the limbs of 256 p: minuends. Those limbs are 2^59 - 19 * 2^8 and 2^59 - 2^8, above every wide
//            limb, so that differences stay positive. Covered limbs are below 253 * 2^52.
//
// **The trap**: `vpmadd52luq` and `vpmadd52huq` read only the low 52 bits of a limb. A tight limb has one bit to spare,
// so even the sum of two tight elements would lose bits in a product: it has to be carried first. That is why products
// are not carried: most of them enter sums and differences, which are.

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define KEEP_LOOP _Pragma("clang loop unroll(disable)")

enum { LIMBS = 5, LIMB_BITS = 51 };
#define LIMB_MASK ((UINT64_C(1) << LIMB_BITS) - 1)

typedef __m512i vec;
typedef struct {
    vec limb[LIMBS];
} element;

ALWAYS_INLINE vec all(uint64_t x) { return _mm512_set1_epi64((long long)x); }
ALWAYS_INLINE vec add(vec x, vec y) { return _mm512_add_epi64(x, y); }
ALWAYS_INLINE vec only(vec x, uint64_t bits) { return _mm512_and_si512(x, all(bits)); }
ALWAYS_INLINE vec right(vec x, unsigned bits) { return _mm512_srli_epi64(x, bits); }
ALWAYS_INLINE vec left(vec x, unsigned bits) { return _mm512_slli_epi64(x, bits); }
ALWAYS_INLINE vec low(vec sum, vec x, vec y) { return _mm512_madd52lo_epu64(sum, x, y); }
ALWAYS_INLINE vec high(vec sum, vec x, vec y) { return _mm512_madd52hi_epu64(sum, x, y); }

/// Limb k of 2^shift p.
ALWAYS_INLINE vec multiple_of_p(int k, int shift) { return all((k == 0 ? LIMB_MASK - 18 : LIMB_MASK) << shift); }

ALWAYS_INLINE element small(uint64_t x) {
    element out = {{all(x), all(0), all(0), all(0), all(0)}};
    return out;
}

/// Any limbs of 64 bits; the result is tight: a carry is below 2^13, and 19 times that below 2^18.
ALWAYS_INLINE element carry(element a) {
    element out;
    out.limb[0] = low(only(a.limb[0], LIMB_MASK), right(a.limb[4], LIMB_BITS), all(19));
    UNROLL for (int k = 1; k < LIMBS; k++)
        out.limb[k] = add(only(a.limb[k], LIMB_MASK), right(a.limb[k - 1], LIMB_BITS));
    return out;
}

/// Limbs below 2^63; the result is tight.
ALWAYS_INLINE element sum(element a, element b) {
    element out;
    UNROLL for (int k = 0; k < LIMBS; k++) out.limb[k] = add(a.limb[k], b.limb[k]);
    return carry(out);
}

/// Covered - wide; the result is tight.
ALWAYS_INLINE element difference(element a, element b) {
    element out;
    UNROLL for (int k = 0; k < LIMBS; k++) out.limb[k] = _mm512_sub_epi64(a.limb[k], b.limb[k]);
    return carry(out);
}

/// Wide; the result is covered.
ALWAYS_INLINE element cover(element a) {
    UNROLL for (int k = 0; k < LIMBS; k++) a.limb[k] = add(a.limb[k], multiple_of_p(k, 8));
    return a;
}

/// a + factor b, for limbs of a below 2^62, b tight and a factor below 2^40; limbs grow by less than 2^53.
///
/// The high half of a product, below 2^40 here, counts twice, for 2^52 = 2 * 2^51, and at the top 38 times, for 2^255 =
/// 19.
ALWAYS_INLINE element scaled_sum(element a, element b, uint64_t factor) {
    element out;
    UNROLL for (int k = 0; k < LIMBS; k++) out.limb[k] = low(a.limb[k], b.limb[k], all(factor));
    UNROLL for (int k = 0; k < LIMBS; k++) {
        const vec half = high(all(0), b.limb[k], all(factor));
        if (k < 4) out.limb[k + 1] = add(out.limb[k + 1], add(half, half));
        if (k == 4) out.limb[0] = low(out.limb[0], half, all(38));
    }
    return out;
}

/// 19 x + 2 y.
ALWAYS_INLINE vec fold(vec x, vec y) {
    const vec half = add(add(left(x, 3), x), y);
    return add(add(half, half), x);
}

/// Tight x tight; the result is wide, or covered if it shall be.
///
/// Column k is the sum of the low halves of products of limbs i and j with i + j = k, and twice the high halves of
/// those with i + j = k - 1. Columns 5 to 9 come back 19-fold to columns 0 to 4. Sums begin with what was summed
/// before, so that it takes no addition.
///
/// A low half is below 2^52, a high half below 2^50 + 2^18 + 1. Column 0 is the largest, with 1 + 19 * 4 low halves and
/// 19 * 2 * 5 high ones: below 124.5 * 2^52 + 2^26.
ALWAYS_INLINE element product(element a, element b, bool covered) {
    const vec zero = all(0);
    element out;
    vec upper[LIMBS], halves[LIMBS];
    UNROLL for (int k = 5; k < 10; k++) {
        vec s = zero;
        UNROLL for (int i = k - 5; i < 5; i++) s = high(s, a.limb[i], b.limb[k - 1 - i]);
        s = add(s, s);
        UNROLL for (int i = k - 4; i < 5; i++) s = low(s, a.limb[i], b.limb[k - i]);
        upper[k - 5] = s;
    }
    UNROLL for (int k = 0; k < 5; k++) {
        vec s = covered ? multiple_of_p(k, 7) : zero;
        UNROLL for (int i = 0; i < k; i++) s = high(s, a.limb[i], b.limb[k - 1 - i]);
        halves[k] = s;
    }
    UNROLL for (int k = 0; k < 5; k++) {
        vec s = fold(upper[k], halves[k]);
        UNROLL for (int i = 0; i <= k; i++) s = low(s, a.limb[i], b.limb[k - i]);
        out.limb[k] = s;
    }
    return out;
}

/// The same limbs as the product of a with itself: products of two different limbs once, doubled.
ALWAYS_INLINE element square(element a, bool covered) {
    // Half of each column without the low half of its own square, if it has one: columns 1 to 9.
    vec halves[10];
    halves[0] = covered ? multiple_of_p(0, 7) : all(0);
    UNROLL for (int k = 1; k < 10; k++) {
        vec s = covered && k < 5 ? multiple_of_p(k, 6) : all(0);
        UNROLL for (int i = 0; i < 5; i++)
            if (i < k - 1 - i && k - 1 - i < 5) s = high(s, a.limb[i], a.limb[k - 1 - i]);
        s = add(s, s);
        if (k % 2 == 1) s = high(s, a.limb[k / 2], a.limb[k / 2]);
        UNROLL for (int i = 0; i < 5; i++)
            if (i < k - i && k - i < 5) s = low(s, a.limb[i], a.limb[k - i]);
        halves[k] = s;
    }
    element out;
    UNROLL for (int k = 0; k < 5; k++) {
        vec upper = add(halves[k + 5], halves[k + 5]);
        if (k % 2 == 1) upper = low(upper, a.limb[(k + 5) / 2], a.limb[(k + 5) / 2]);
        vec s = fold(upper, halves[k]);
        if (k % 2 == 0) s = low(s, a.limb[k / 2], a.limb[k / 2]);
        out.limb[k] = s;
    }
    return out;
}

/// Any limbs; the result has limbs of 51 bits and is below p.
ALWAYS_INLINE element canonical(element a) {
    // Tight, it is below 2^255 + 2^223, so below 2 p. One p comes off exactly where adding 19 reaches 2^255.
    a = carry(a);
    vec over = right(add(a.limb[0], all(19)), LIMB_BITS);
    UNROLL for (int k = 1; k < LIMBS; k++) over = right(add(a.limb[k], over), LIMB_BITS);
    a.limb[0] = low(a.limb[0], over, all(19));
    UNROLL for (int k = 0; k < LIMBS; k++) {
        if (k < 4) a.limb[k + 1] = add(a.limb[k + 1], right(a.limb[k], LIMB_BITS));
        a.limb[k] = only(a.limb[k], LIMB_MASK);
    }
    return a;
}

/// b in the lanes of the mask, a in the others.
ALWAYS_INLINE element choose(__mmask8 mask, element a, element b) {
    UNROLL for (int k = 0; k < LIMBS; k++) a.limb[k] = _mm512_mask_blend_epi64(mask, a.limb[k], b.limb[k]);
    return a;
}

/// Lanes in which all limbs agree.
ALWAYS_INLINE __mmask8 equal(element a, element b) {
    __mmask8 mask = 0xFF;
    UNROLL for (int k = 0; k < LIMBS; k++) mask = _mm512_mask_cmpeq_epi64_mask(mask, a.limb[k], b.limb[k]);
    return mask;
}
