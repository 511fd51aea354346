#include "CCurve25519.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512ifma"))), apply_to = function)
#include "powers.h"

/// The curve's coefficient, called A in RFC 7748, and (J - 2) / 4.
static const uint64_t J = 486662, A24 = 121665;

// Points in memory.

/// The lanes of a vector that hold points, when `count` are left.
ALWAYS_INLINE __mmask8 lanes(size_t count) { return count < LANES ? (__mmask8)((1u << count) - 1) : 0xFF; }

ALWAYS_INLINE size_t at_most(size_t i, size_t count) { return i < count ? i : count; }

/// Where the words of a lane are: `words` of them behind those of the lane before.
ALWAYS_INLINE vec places(int words) {
    return _mm512_mullo_epi64(_mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7), all((uint64_t)words));
}

/// Word `i` of numbers of `words` words; 0 in other lanes than those of the mask, where nothing is read.
ALWAYS_INLINE vec word(const uint64_t *numbers, int words, int i, __mmask8 mask) {
    return _mm512_mask_i64gather_epi64(all(0), mask, add(places(words), all((uint64_t)i)), numbers, 8);
}

/// Numbers below 2^256 out of numbers of `words` words: limbs of 51 bits, the last one of 52.
ALWAYS_INLINE element load(const uint64_t *numbers, int words, __mmask8 mask) {
    const vec w0 = word(numbers, words, 0, mask), w1 = word(numbers, words, 1, mask);
    const vec w2 = word(numbers, words, 2, mask), w3 = word(numbers, words, 3, mask);
    element out;
    out.limb[0] = only(w0, LIMB_MASK);
    out.limb[1] = only(_mm512_or_si512(right(w0, 51), left(w1, 13)), LIMB_MASK);
    out.limb[2] = only(_mm512_or_si512(right(w1, 38), left(w2, 26)), LIMB_MASK);
    out.limb[3] = only(_mm512_or_si512(right(w2, 25), left(w3, 39)), LIMB_MASK);
    out.limb[4] = right(w3, 12);
    return out;
}

/// Writes canonical elements as four words each, in the lanes of the mask.
ALWAYS_INLINE void store(uint64_t *points, __mmask8 mask, element a) {
    UNROLL for (unsigned i = 0; i < 4; i++) {
        const vec w = _mm512_or_si512(right(a.limb[i], 13 * i), left(a.limb[i + 1], 51 - 13 * i));
        _mm512_mask_i64scatter_epi64(points, mask, add(places(4), all(i)), w, 8);
    }
}

// Kernels.

/// Montgomery's ladder (RFC 7748, section 5) without the division: x / z is the multiple of a tight point; both tight.
///
/// Each step makes 2 P and P + Q of two points P and Q that differ by `point`. Which of these the next step doubles
/// depends on whether the bit changes; it adds both either way. So a choice takes the place of an exchange.
static void ladder(element *x, element *z, element point, const uint8_t *bits, size_t steps) {
    element doubled_x = cover(small(1)), doubled_z = small(0);
    element added_x = cover(point), added_z = small(1);
    __mmask8 last = 0;
    KEEP_LOOP for (size_t step = 0; step < steps; step++) {
        const __mmask8 changed = bits[step] ^ last;
        last = bits[step];
        const element a = sum(doubled_x, doubled_z), b = difference(doubled_x, doubled_z);
        const element c = sum(added_x, added_z), d = difference(added_x, added_z);
        const element da = product(d, a, true), cb = product(c, b, false);
        const element aa = square(choose(changed, a, c), true), bb = square(choose(changed, b, d), false);
        const element minus = difference(da, cb), plus = sum(da, cb);
        const element tight_aa = carry(aa), tight_bb = carry(bb), e = difference(aa, bb);
        const element minus_squared = carry(square(minus, false));
        added_x = square(plus, true);
        doubled_x = product(tight_aa, tight_bb, true);
        added_z = product(point, minus_squared, false);
        doubled_z = product(e, carry(scaled_sum(tight_aa, e, A24)), false);
    }
    // The multiple is the point that a 0 would double next.
    *x = carry(choose(last, doubled_x, added_x));
    *z = carry(choose(last, doubled_z, added_z));
}

static void multiply(uint64_t *out, const uint64_t *points, size_t count, const uint8_t *bits, size_t stride,
                     size_t steps) {
    element x[VECTORS], z[VECTORS];
    for (size_t start = 0; start < count; start += CC_BATCH) {
        size_t vectors = 0;
        for (size_t i = start; i < count && vectors < VECTORS; i += LANES, vectors++) {
            const element point = carry(load(points + 4 * i, 4, lanes(count - i)));
            ladder(x + vectors, z + vectors, point, bits + i / LANES * stride, steps);
        }
        if (vectors % 2 == 1) z[vectors] = small(1);
        invert(z, (vectors + 1) / 2 * 2);
        for (size_t v = 0, i = start; v < vectors; v++, i += LANES)
            store(out + 4 * i, lanes(count - i), canonical(product(x[v], z[v], false)));
    }
}

static void check(uint8_t *faults, const uint64_t *points, size_t count) {
    for (size_t start = 0; start < count; start += 2 * LANES) {
        __mmask8 is_canonical[2], is_on_curve[2];
        pair cubic;
        for (size_t v = 0; v < 2; v++) {
            const size_t i = at_most(start + v * LANES, count);
            const element given = load(points + 4 * i, 4, lanes(count - i)), x = carry(given);
            is_canonical[v] = equal(canonical(given), given);
            // (x^2 + J x + 1) x.
            cubic.of[v] = carry(product(sum(scaled_sum(square(x, false), x, J), small(1)), x, false));
        }
        are_squares(is_on_curve, cubic);
        for (size_t i = 0; i < 2 * LANES && start + i < count; i++) {
            const __mmask8 lane = (__mmask8)(1u << i % LANES);
            faults[start + i] = !(is_canonical[i / LANES] & lane)  ? CC_NOT_CANONICAL
                                : !(is_on_curve[i / LANES] & lane) ? CC_NOT_ON_CURVE
                                                                   : CC_SOUND;
        }
    }
}

/// u modulo p of a number of six words: the upper two count 38-fold, for 2^256 = 38. Tight.
ALWAYS_INLINE element load_wide(const uint64_t *numbers, __mmask8 mask) {
    const vec w4 = word(numbers, 6, 4, mask), w5 = word(numbers, 6, 5, mask);
    element upper = small(0);
    upper.limb[0] = only(w4, LIMB_MASK);
    upper.limb[1] = only(_mm512_or_si512(right(w4, 51), left(w5, 13)), LIMB_MASK);
    upper.limb[2] = right(w5, 38);
    return carry(scaled_sum(load(numbers, 6, mask), upper, 38));
}

/// The two candidates are x1 = -J / d with d = 1 + 2 u^2, and x2 = -J - x1; one of them is on the curve. Gives d, which
/// is never 0 because -1/2 is not a square, and a number that is a square where it is x1.
///
/// x1^3 + J x1^2 + x1 times the square d^4 is -J d (d^2 - 2 J^2 u^2), and -1 is a square. J^2 - 4 is not, so this is
/// never 0.
ALWAYS_INLINE element elligator(element *d, element u) {
    const element uu = square(u, false), v = sum(uu, uu);
    *d = sum(v, small(1));
    const element difference_of_squares = difference(square(*d, true), scaled_sum(small(0), v, J * J));
    return carry(product(carry(scaled_sum(small(0), *d, J)), difference_of_squares, false));
}

static void map(uint64_t *out, const uint64_t *numbers, size_t count) {
    element d[VECTORS];
    __mmask8 is_first[VECTORS];
    for (size_t start = 0; start < count; start += CC_BATCH) {
        size_t vectors = 0;
        for (size_t i = start; i < count && vectors < VECTORS; i += 2 * LANES, vectors += 2) {
            pair squares;
            for (size_t v = 0; v < 2; v++) {
                const size_t own = at_most(i + v * LANES, count);
                squares.of[v] = elligator(d + vectors + v, load_wide(numbers + 6 * own, lanes(count - own)));
            }
            are_squares(is_first + vectors, squares);
        }
        invert(d, vectors);
        for (size_t v = 0, i = start; v < vectors && i < count; v++, i += LANES) {
            const element minus_x1 = scaled_sum(small(0), d[v], J);
            const element x1 = difference(cover(small(0)), minus_x1), x2 = difference(cover(minus_x1), small(J));
            store(out + 4 * i, lanes(count - i), canonical(choose(is_first[v], x2, x1)));
        }
    }
}

// The field, for tests.

ALWAYS_INLINE element load_block(const uint64_t *block) {
    element out;
    UNROLL for (int k = 0; k < LIMBS; k++) out.limb[k] = _mm512_loadu_si512(block + LANES * k);
    return out;
}

ALWAYS_INLINE void store_block(uint64_t *block, element a) {
    UNROLL for (int k = 0; k < LIMBS; k++) _mm512_storeu_si512(block + LANES * k, a.limb[k]);
}

static void field_product(uint64_t *out, const uint64_t *a, const uint64_t *b) {
    store_block(out, product(load_block(a), load_block(b), true));
}

static void field_square(uint64_t *out, const uint64_t *a) { store_block(out, square(load_block(a), true)); }

static void field_sum(uint64_t *out, const uint64_t *a, const uint64_t *b) {
    store_block(out, sum(load_block(a), load_block(b)));
}

static void field_difference(uint64_t *out, const uint64_t *a, const uint64_t *b) {
    store_block(out, difference(load_block(a), load_block(b)));
}

static void field_scaled_sum(uint64_t *out, const uint64_t *a, const uint64_t *b, uint64_t factor) {
    store_block(out, scaled_sum(load_block(a), load_block(b), factor));
}

static void field_canonical(uint64_t *out, const uint64_t *a) { store_block(out, canonical(load_block(a))); }

static void field_invert(uint64_t *blocks, size_t count) {
    element elements[VECTORS];
    for (size_t i = 0; i < count; i++) elements[i] = load_block(blocks + LIMBS * LANES * i);
    invert(elements, count);
    for (size_t i = 0; i < count; i++) store_block(blocks + LIMBS * LANES * i, elements[i]);
}

#pragma clang attribute pop

static const cc_kernels kernels = {multiply, check, map};
static const cc_field field = {
    field_product, field_square, field_sum, field_difference, field_scaled_sum, field_canonical, field_invert,
};

static int is_available(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512ifma");
}

const cc_kernels *cc_ifma_kernels(void) { return is_available() ? &kernels : NULL; }
const cc_field *cc_ifma_field(void) { return is_available() ? &field : NULL; }

#else

const cc_kernels *cc_ifma_kernels(void) { return NULL; }
const cc_field *cc_ifma_field(void) { return NULL; }

#endif
