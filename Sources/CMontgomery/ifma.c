#include "limbs.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <stdbool.h>

// Vectors of eight lanes; `vpmadd52luq` and `vpmadd52huq` add the low or high 52 bits of eight 52 x 52 bit products.
// Columns of a product gather in 64-bit words without carrying: at most 6 k + 2 terms of 2^52, so below 2^61. One pass of
// carries at the end makes limbs of 52 bits again. A column of a square may be negative for itself (see `twice`), so carries
// are signed.
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512ifma"))), apply_to = function)

typedef __m512i vec;

#define UNROLL _Pragma("clang loop unroll(full)")
#define KEEP_LOOP _Pragma("clang loop unroll(disable)")

ALWAYS_INLINE vec load(const uint64_t *p) { return _mm512_load_si512(p); }
ALWAYS_INLINE void store(uint64_t *p, vec x) { _mm512_store_si512(p, x); }
ALWAYS_INLINE vec all(uint64_t x) { return _mm512_set1_epi64((long long)x); }
ALWAYS_INLINE vec low(vec sum, vec x, vec y) { return _mm512_madd52lo_epu64(sum, x, y); }
ALWAYS_INLINE vec high(vec sum, vec x, vec y) { return _mm512_madd52hi_epu64(sum, x, y); }

/// Rows of b that stay in registers while the columns of a stream by: with their quotients and a sliding window of
/// accumulators they fill the 32 registers.
enum { ONE_STREAM = 10, TWO_STREAMS = 5, SQUARE = 10 };

/// What one pass multiplies.
typedef enum { NOTHING, A_TIMES_B, A_TIMES_B_PLUS_C_TIMES_D, SQUARE_OF_B } product_kind;

/// sums += y y for R limbs of b, where a holds the same limbs of 2 b: each product of two different limbs once.
ALWAYS_INLINE void add_diagonal(vec *sums, const int R, const uint64_t *a, const vec *y) {
    UNROLL for (int s = 0; s < R; s++) {
        sums[2 * s] = low(sums[2 * s], y[s], y[s]);
        sums[2 * s + 1] = high(sums[2 * s + 1], y[s], y[s]);
        // See `twice`.
        const __mmask8 moved = _mm512_test_epi64_mask(y[s], all(UINT64_C(1) << (LIMB_BITS - 1)));
        sums[2 * s + 1] = _mm512_mask_sub_epi64(sums[2 * s + 1], moved, sums[2 * s + 1], y[s]);
        UNROLL for (int j = s + 1; j < R; j++) {
            vec x = load(a + 8 * j);
            sums[j + s] = low(sums[j + s], x, y[s]);
            sums[j + s + 1] = high(sums[j + s + 1], x, y[s]);
        }
    }
}

/// out = (T + q n) / R, where T = sums, or sums + a b, or sums + a b + c d, or sums + b b with a = 2 b (see `twice`).
///
/// `sums` has k + R words a lane: the first k are given, the others zero. It is used up.
ALWAYS_INLINE void pass(const product_kind kind, const int R, const int k, uint64_t *out, uint64_t *quotient,
                        vec *restrict sums, const uint64_t *a, const uint64_t *b, const uint64_t *c, const uint64_t *d,
                        const cm_modulus *m) {
    const uint64_t *n = m->modulus;
    const vec inverse = all(m->negated_inverse), zero = _mm512_setzero_si512();
    const bool none = kind == NOTHING, two = kind == A_TIMES_B_PLUS_C_TIMES_D, square = kind == SQUARE_OF_B;
    KEEP_LOOP for (int row = 0; row < k; row += R) {
        vec y[10], w[10], q[10], window[20];
        UNROLL for (int s = 0; s < R; s++) {
            if (!none) y[s] = load(b + 8 * (row + s));
            if (two) w[s] = load(d + 8 * (row + s));
        }
        // The first R columns, for which quotients come to be.
        UNROLL for (int s = 0; s < 2 * R; s++) window[s] = sums[s];
        if (!square && !none) {
            UNROLL for (int j = 0; j < R; j++) {
                vec x = load(a + 8 * j), z = two ? load(c + 8 * j) : zero;
                UNROLL for (int s = 0; s < R; s++) {
                    window[j + s] = low(window[j + s], x, y[s]);
                    if (two) window[j + s] = low(window[j + s], z, w[s]);
                }
                UNROLL for (int s = 0; s < R && j + s + 1 < 2 * R; s++) {
                    window[j + s + 1] = high(window[j + s + 1], x, y[s]);
                    if (two) window[j + s + 1] = high(window[j + s + 1], z, w[s]);
                }
            }
        } else if (square && row == 0) {
            add_diagonal(window, R, a, y);
        }
        UNROLL for (int s = 0; s < R; s++) {
            q[s] = low(zero, window[s], inverse);
            if (quotient) store(quotient + 8 * (row + s), q[s]);
            vec cleared = low(window[s], all(n[0]), q[s]);
            window[s + 1] = _mm512_add_epi64(window[s + 1], _mm512_srai_epi64(cleared, LIMB_BITS));
            UNROLL for (int t = 1; t < R; t++) window[s + t] = low(window[s + t], all(n[t]), q[s]);
            UNROLL for (int t = 0; t < R; t++) window[s + t + 1] = high(window[s + t + 1], all(n[t]), q[s]);
        }
        vec v[11];
        UNROLL for (int s = 0; s < R; s++) v[s] = window[R + s];
        // The other columns, R at a time: load one limb of each factor, finish one column.
        KEEP_LOOP for (int column = R; column < k; column += R) {
            if (square && column == row) {
                // On the diagonal; only what lies right of it is multiplied, twice.
                vec u[20];
                UNROLL for (int s = 0; s < R; s++) {
                    u[s] = v[s];
                    u[R + s] = sums[column + R + s];
                }
                add_diagonal(u, R, a + 8 * column, y);
                UNROLL for (int s = 0; s < R; s++) {
                    v[s] = u[s];
                    sums[column + R + s] = u[R + s];
                }
            }
            const bool multiplied = !none && (!square || column > row);
            if (multiplied) {
                UNROLL for (int j = 0; j < R; j++) {
                    vec x = load(a + 8 * (column + j)), z = two ? load(c + 8 * (column + j)) : zero;
                    vec l = all(n[column + j]);
                    v[R] = sums[column + R + j];
                    UNROLL for (int s = 0; s < R; s++) v[s] = low(v[s], x, y[s]);
                    if (two) UNROLL for (int s = 0; s < R; s++) v[s] = low(v[s], z, w[s]);
                    UNROLL for (int s = 0; s < R; s++) v[s] = low(v[s], l, q[s]);
                    sums[column + j - R] = v[0];
                    UNROLL for (int s = 0; s < R; s++) v[s] = high(v[s + 1], x, y[s]);
                    if (two) UNROLL for (int s = 0; s < R; s++) v[s] = high(v[s], z, w[s]);
                    UNROLL for (int s = 0; s < R; s++) v[s] = high(v[s], l, q[s]);
                }
            } else {
                UNROLL for (int j = 0; j < R; j++) {
                    vec l = all(n[column + j]);
                    v[R] = sums[column + R + j];
                    UNROLL for (int s = 0; s < R; s++) v[s] = low(v[s], l, q[s]);
                    sums[column + j - R] = v[0];
                    UNROLL for (int s = 0; s < R; s++) v[s] = high(v[s + 1], l, q[s]);
                }
            }
        }
        UNROLL for (int s = 0; s < R; s++) sums[k - R + s] = v[s];
    }
    const vec mask = all(LIMB_MASK);
    vec carry = zero;
    for (int j = 0; j < k; j++) {
        vec t = _mm512_add_epi64(sums[j], carry);
        store(out + 8 * j, _mm512_and_si512(t, mask));
        carry = _mm512_srai_epi64(t, LIMB_BITS);
    }
}

/// Room for the sums of a pass.
typedef vec pass_sums[MAX_LIMBS + 10];

ALWAYS_INLINE void clear(vec *sums, int k, int R) {
    for (int i = 0; i < k + R; i++) sums[i] = _mm512_setzero_si512();
}

/// The sums that the second pass starts from: C - q.
ALWAYS_INLINE void cover(vec *sums, int k, int R, const uint64_t *quotient, const cm_modulus *m) {
    for (int i = 0; i < k; i++) sums[i] = _mm512_sub_epi64(all(m->cover[i]), load(quotient + 8 * i));
    for (int i = k; i < k + R; i++) sums[i] = _mm512_setzero_si512();
}

/// 2 a. A bit that moves up into limb i + 1 would be multiplied once too often by limb i in a square: the pass takes one
/// such product away where the highest bit of limb i is set.
ALWAYS_INLINE void twice(uint64_t *out, const uint64_t *a, int k) {
    const vec mask = all(LIMB_MASK);
    vec carry = _mm512_setzero_si512();
    for (int i = 0; i < k; i++) {
        vec x = load(a + 8 * i);
        store(out + 8 * i, _mm512_and_si512(_mm512_or_si512(_mm512_add_epi64(x, x), carry), mask));
        carry = _mm512_srli_epi64(x, LIMB_BITS - 1);
    }
}

ALWAYS_INLINE void copy(uint64_t *out, const uint64_t *a, int k) {
    for (int i = 0; i < k; i++) store(out + 8 * i, load(a + 8 * i));
}

/// One number of each lane.
typedef uint64_t number[MAX_LIMBS * LANES] __attribute__((aligned(64)));

static void multiply(uint64_t *out, const uint64_t *a, const uint64_t *b, const cm_modulus *m) {
    const int k = (int)m->limbs;
    pass_sums sums;
    number quotient, first;
    clear(sums, k, ONE_STREAM);
    pass(A_TIMES_B, ONE_STREAM, k, first, quotient, sums, a, b, NULL, NULL, m);
    cover(sums, k, TWO_STREAMS, quotient, m);
    pass(A_TIMES_B_PLUS_C_TIMES_D, TWO_STREAMS, k, out + 8 * k, NULL, sums, a, b + 8 * k, a + 8 * k, b, m);
    copy(out, first, k);
}

static void square(uint64_t *out, const uint64_t *a, const cm_modulus *m) {
    const int k = (int)m->limbs;
    pass_sums sums;
    number quotient, doubled;
    twice(doubled, a, k);
    clear(sums, k, SQUARE);
    pass(SQUARE_OF_B, SQUARE, k, out, quotient, sums, doubled, a, NULL, NULL, m);
    cover(sums, k, ONE_STREAM, quotient, m);
    pass(A_TIMES_B, ONE_STREAM, k, out + 8 * k, NULL, sums, doubled, a + 8 * k, NULL, NULL, m);
}

static void multiply_base(uint64_t *out, const uint64_t *a, const uint64_t *base, const cm_modulus *m) {
    const int k = (int)m->limbs;
    pass_sums sums;
    number quotient;
    clear(sums, k, ONE_STREAM);
    pass(A_TIMES_B, ONE_STREAM, k, out, quotient, sums, a, base, NULL, NULL, m);
    cover(sums, k, ONE_STREAM, quotient, m);
    pass(A_TIMES_B, ONE_STREAM, k, out + 8 * k, NULL, sums, a + 8 * k, base, NULL, NULL, m);
}

static void leave(uint64_t *out, const uint64_t *a, const uint64_t *lambda, const cm_modulus *m) {
    const int k = (int)m->limbs;
    pass_sums sums;
    number quotient, first;
    clear(sums, k, ONE_STREAM);
    for (int i = 0; i < k; i++) sums[i] = load(a + 8 * i);
    pass(NOTHING, ONE_STREAM, k, first, quotient, sums, NULL, NULL, NULL, NULL, m);
    cover(sums, k, ONE_STREAM, quotient, m);
    for (int i = 0; i < k; i++) sums[i] = _mm512_add_epi64(sums[i], load(a + 8 * (k + i)));
    pass(A_TIMES_B, ONE_STREAM, k, out + 8 * k, NULL, sums, a, lambda, NULL, NULL, m);
    copy(out, first, k);
}

static void reduce_product(uint64_t *out, uint64_t *quotient, const uint64_t *a, const uint64_t *b,
                           const cm_modulus *m) {
    const int k = (int)m->limbs;
    pass_sums sums;
    clear(sums, k, ONE_STREAM);
    pass(A_TIMES_B, ONE_STREAM, k, out, quotient, sums, a, b, NULL, NULL, m);
}

/// Subtracts 2^shift n where the number is at least that.
/// - Returns: the lanes where it was.
ALWAYS_INLINE __mmask8 subtract_modulus(uint64_t *x, int shift, const cm_modulus *m) {
    const int k = (int)m->limbs;
    const vec mask = all(LIMB_MASK);
    number difference;
    vec borrow = _mm512_setzero_si512();
    for (int i = 0; i < k; i++) {
        vec t = _mm512_add_epi64(_mm512_sub_epi64(load(x + 8 * i), all(m->modulus[i] << shift)), borrow);
        store(difference + 8 * i, _mm512_and_si512(t, mask));
        borrow = _mm512_srai_epi64(t, LIMB_BITS);
    }
    __mmask8 reached = _mm512_cmpge_epi64_mask(borrow, _mm512_setzero_si512());
    for (int i = 0; i < k; i++)
        store(x + 8 * i, _mm512_mask_mov_epi64(load(x + 8 * i), reached, load(difference + 8 * i)));
    return reached;
}

static void sum(uint64_t *out, const uint64_t *a, const uint64_t *b, const uint64_t *minus, const cm_modulus *m) {
    const int k = (int)m->limbs;
    const vec mask = all(LIMB_MASK);
    vec carry = _mm512_setzero_si512();
    for (int i = 0; i < k; i++) {
        vec t = _mm512_add_epi64(_mm512_add_epi64(load(a + 8 * i), load(b + 8 * i)), carry);
        if (minus) t = _mm512_sub_epi64(_mm512_add_epi64(t, all(m->modulus[i] << 1)), load(minus + 8 * i));
        store(out + 8 * i, _mm512_and_si512(t, mask));
        carry = _mm512_srai_epi64(t, LIMB_BITS);
    }
    subtract_modulus(out, 1, m);
    subtract_modulus(out, 0, m);
}

static void canonicalise(uint64_t *element, const cm_modulus *m) {
    const int k = (int)m->limbs;
    const vec mask = all(LIMB_MASK);
    uint64_t *upper = element + 8 * k;
    vec carry = _mm512_maskz_set1_epi64(subtract_modulus(element, 0, m), 1);
    for (int i = 0; i < k; i++) {
        vec t = _mm512_add_epi64(load(upper + 8 * i), carry);
        store(upper + 8 * i, _mm512_and_si512(t, mask));
        carry = _mm512_srli_epi64(t, LIMB_BITS);
    }
    subtract_modulus(upper, 1, m);
    subtract_modulus(upper, 0, m);
}

static void shift_add(uint64_t *out, const uint64_t *a, int shift, const uint64_t *b, size_t limbs) {
    const vec mask = all(LIMB_MASK);
    const __m128i count = _mm_cvtsi32_si128(shift);
    vec carry = _mm512_setzero_si512();
    for (size_t i = 0; i < limbs; i++) {
        vec t = _mm512_add_epi64(_mm512_sll_epi64(load(a + 8 * i), count), load(b + 8 * i));
        t = _mm512_add_epi64(t, carry);
        store(out + 8 * i, _mm512_and_si512(t, mask));
        carry = _mm512_srli_epi64(t, LIMB_BITS);
    }
}

/// Transposes eight vectors.
ALWAYS_INLINE void transpose(vec out[8], const vec in[8]) {
    vec b[8], c[4], d[4];
    UNROLL for (int i = 0; i < 4; i++) {
        b[2 * i] = _mm512_unpacklo_epi64(in[2 * i], in[2 * i + 1]);
        b[2 * i + 1] = _mm512_unpackhi_epi64(in[2 * i], in[2 * i + 1]);
    }
    UNROLL for (int i = 0; i < 2; i++) {
        c[2 * i] = _mm512_shuffle_i64x2(b[4 * i], b[4 * i + 2], 0x88);
        c[2 * i + 1] = _mm512_shuffle_i64x2(b[4 * i], b[4 * i + 2], 0xdd);
        d[2 * i] = _mm512_shuffle_i64x2(b[4 * i + 1], b[4 * i + 3], 0x88);
        d[2 * i + 1] = _mm512_shuffle_i64x2(b[4 * i + 1], b[4 * i + 3], 0xdd);
    }
    UNROLL for (int i = 0; i < 2; i++) {
        out[2 * i] = _mm512_shuffle_i64x2(c[i], c[i + 2], 0x88);
        out[2 * i + 4] = _mm512_shuffle_i64x2(c[i], c[i + 2], 0xdd);
        out[2 * i + 1] = _mm512_shuffle_i64x2(d[i], d[i + 2], 0x88);
        out[2 * i + 5] = _mm512_shuffle_i64x2(d[i], d[i + 2], 0xdd);
    }
}

static void gather(uint64_t *block, const uint64_t *const *rows, size_t limbs) {
    for (size_t i = 0; i < padded(limbs); i += 8) {
        vec in[8], out[8];
        UNROLL for (int l = 0; l < 8; l++) in[l] = _mm512_loadu_si512(rows[l] + i);
        transpose(out, in);
        UNROLL for (int l = 0; l < 8; l++) store(block + 8 * (i + (size_t)l), out[l]);
    }
}

static void scatter(uint64_t *const *rows, const uint64_t *block, size_t limbs) {
    for (size_t i = 0; i < padded(limbs); i += 8) {
        vec in[8], out[8];
        UNROLL for (int l = 0; l < 8; l++) in[l] = load(block + 8 * (i + (size_t)l));
        transpose(out, in);
        UNROLL for (int l = 0; l < 8; l++) _mm512_storeu_si512(rows[l] + i, out[l]);
    }
}

static void accumulate(uint64_t *sums, const uint64_t *const *rows, size_t offset, size_t words) {
    for (int l = 0; l < LANES; l++) {
        uint64_t *to = sums + (size_t)l * words;
        for (size_t i = 0; i < words; i += 8)
            store(to + i, _mm512_add_epi64(load(to + i), _mm512_loadu_si512(rows[l] + offset + i)));
    }
}

static void select_entry(uint64_t *out, const uint64_t *table, size_t entries, size_t index, size_t words) {
    // A slice of every entry goes through registers, kept where the entry is the right one.
    for (size_t slice = 0; slice < words; slice += 64) {
        const size_t count = words - slice < 64 ? (words - slice) / 8 : 8;
        vec kept[8];
        UNROLL for (int v = 0; v < 8; v++) kept[v] = _mm512_setzero_si512();
        const uint64_t *entry = table + slice;
        for (size_t e = 0; e < entries; e++, entry += words) {
            const __mmask8 here = _mm512_cmpeq_epi64_mask(all(e), all(index));
            if (count == 8) {
                UNROLL for (int v = 0; v < 8; v++) kept[v] = _mm512_mask_load_epi64(kept[v], here, entry + 8 * v);
            } else {
                for (size_t v = 0; v < count; v++) kept[v] = _mm512_mask_load_epi64(kept[v], here, entry + 8 * v);
            }
        }
        for (size_t v = 0; v < count; v++) store(out + slice + 8 * v, kept[v]);
    }
}

#pragma clang attribute pop

static const cm_kernels kernels = {
    "ifma", multiply, square, multiply_base, leave, reduce_product, sum, canonicalise, shift_add, gather, scatter, accumulate,
    select_entry,
};

const cm_kernels *cm_ifma_kernels(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512ifma")
               ? &kernels
               : NULL;
}

#else

const cm_kernels *cm_ifma_kernels(void) { return NULL; }

#endif
