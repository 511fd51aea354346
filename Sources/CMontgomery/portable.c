#include "limbs.h"
#include <stdbool.h>
#include <string.h>

// One lane after the other, in 64-bit words: columns of a product are summed in 128 bits, at most 4 k terms of 104 bits.
// The numbers that come out are determined by the definitions in the header, so all kernels agree in every bit.

typedef unsigned __int128 wide;
typedef uint64_t number[MAX_LIMBS];

static void read_lane(uint64_t *number, const uint64_t *block, size_t lane, size_t k) {
    for (size_t i = 0; i < k; i++) number[i] = block[LANES * i + lane];
}

static void write_lane(uint64_t *block, const uint64_t *number, size_t lane, size_t k) {
    for (size_t i = 0; i < k; i++) block[LANES * i + lane] = number[i];
}

/// out = (T + q n) / R with T = start (a null), start + a b, or start + a b + c d (c not null), column by column (Montgomery
/// multiplication by product scanning: Koc, Acar and Kaliski, IEEE Micro 16, 1996). Products of one column are summed in one loop, each
/// kind by itself, so that their additions do not wait for each other.
ALWAYS_INLINE void pass(uint64_t *out, uint64_t *quotient, const uint64_t *start, const uint64_t *a, const uint64_t *b,
                        const uint64_t *c, const uint64_t *d, const cm_modulus *m) {
    const size_t k = m->limbs;
    const uint64_t *n = m->modulus;
    wide sum = 0;
    for (size_t column = 0; column < 2 * k; column++) {
        // Of T, terms with i + j = column; of q n, those whose q is known already.
        const size_t first = column < k ? 0 : column - k + 1, end = column < k ? column : k;
        wide of_a = 0, of_c = 0, of_q = 0;
        for (size_t i = first, j = column - first; i < end; i++, j--) {
            if (a) of_a += (wide)a[i] * b[j];
            if (c) of_c += (wide)c[i] * d[j];
            of_q += (wide)quotient[i] * n[j];
        }
        sum += of_a + of_c + of_q;
        if (column < k) {
            if (a) sum += (wide)a[column] * b[0];
            if (c) sum += (wide)c[column] * d[0];
            if (start) sum += start[column];
            quotient[column] = ((uint64_t)sum * m->negated_inverse) & LIMB_MASK;
            sum += (wide)quotient[column] * n[0];
        } else {
            out[column - k] = (uint64_t)sum & LIMB_MASK;
        }
        sum >>= LIMB_BITS;
    }
}

static void cover(uint64_t *start, const uint64_t *quotient, const cm_modulus *m) {
    for (size_t i = 0; i < m->limbs; i++) start[i] = m->cover[i] - quotient[i];
}

static void multiply(uint64_t *out, const uint64_t *a, const uint64_t *b, const cm_modulus *m) {
    const size_t k = m->limbs;
    for (size_t lane = 0; lane < LANES; lane++) {
        number p1, s1, p2, s2, quotient, start, p, s;
        read_lane(p1, a, lane, k);
        read_lane(s1, a + LANES * k, lane, k);
        read_lane(p2, b, lane, k);
        read_lane(s2, b + LANES * k, lane, k);
        pass(p, quotient, NULL, p1, p2, NULL, NULL, m);
        cover(start, quotient, m);
        pass(s, quotient, start, p1, s2, s1, p2, m);
        write_lane(out, p, lane, k);
        write_lane(out + LANES * k, s, lane, k);
    }
}

static void square(uint64_t *out, const uint64_t *a, const cm_modulus *m) {
    const size_t k = m->limbs;
    for (size_t lane = 0; lane < LANES; lane++) {
        number p1, s1, quotient, start, p, s;
        read_lane(p1, a, lane, k);
        read_lane(s1, a + LANES * k, lane, k);
        pass(p, quotient, NULL, p1, p1, NULL, NULL, m);
        cover(start, quotient, m);
        // Limbs of 53 bits: columns have room for twice the product.
        for (size_t i = 0; i < k; i++) s1[i] <<= 1;
        pass(s, quotient, start, p1, s1, NULL, NULL, m);
        write_lane(out, p, lane, k);
        write_lane(out + LANES * k, s, lane, k);
    }
}

static void multiply_base(uint64_t *out, const uint64_t *a, const uint64_t *base, const cm_modulus *m) {
    const size_t k = m->limbs;
    for (size_t lane = 0; lane < LANES; lane++) {
        number p1, s1, factor, quotient, start, p, s;
        read_lane(p1, a, lane, k);
        read_lane(s1, a + LANES * k, lane, k);
        read_lane(factor, base, lane, k);
        pass(p, quotient, NULL, p1, factor, NULL, NULL, m);
        cover(start, quotient, m);
        pass(s, quotient, start, s1, factor, NULL, NULL, m);
        write_lane(out, p, lane, k);
        write_lane(out + LANES * k, s, lane, k);
    }
}

static void leave(uint64_t *out, const uint64_t *a, const uint64_t *lambda, const cm_modulus *m) {
    const size_t k = m->limbs;
    for (size_t lane = 0; lane < LANES; lane++) {
        number p1, s1, factor, quotient, start, p, s;
        read_lane(p1, a, lane, k);
        read_lane(s1, a + LANES * k, lane, k);
        read_lane(factor, lambda, lane, k);
        pass(p, quotient, p1, NULL, NULL, NULL, NULL, m);
        cover(start, quotient, m);
        for (size_t i = 0; i < k; i++) start[i] += s1[i];
        pass(s, quotient, start, p1, factor, NULL, NULL, m);
        write_lane(out, p, lane, k);
        write_lane(out + LANES * k, s, lane, k);
    }
}

static void reduce_product(uint64_t *out, uint64_t *quotients, const uint64_t *a, const uint64_t *b,
                           const cm_modulus *m) {
    const size_t k = m->limbs;
    for (size_t lane = 0; lane < LANES; lane++) {
        number x, y, quotient, result;
        read_lane(x, a, lane, k);
        read_lane(y, b, lane, k);
        pass(result, quotient, NULL, x, y, NULL, NULL, m);
        write_lane(out, result, lane, k);
        if (quotients) write_lane(quotients, quotient, lane, k);
    }
}

/// Subtracts 2^shift n where the number is at least that.
/// - Returns: 1 where it was, else 0.
static uint64_t subtract_modulus(uint64_t *x, int shift, const cm_modulus *m) {
    number difference;
    int64_t borrow = 0;
    for (size_t i = 0; i < m->limbs; i++) {
        int64_t t = (int64_t)x[i] - (int64_t)(m->modulus[i] << shift) + borrow;
        difference[i] = (uint64_t)t & LIMB_MASK;
        borrow = t >> LIMB_BITS;
    }
    const uint64_t keep = (uint64_t)borrow;  // all ones where the number was below
    for (size_t i = 0; i < m->limbs; i++) x[i] = (x[i] & keep) | (difference[i] & ~keep);
    return 1 + keep;
}

static void sum(uint64_t *out, const uint64_t *a, const uint64_t *b, const uint64_t *minus, const cm_modulus *m) {
    const size_t k = m->limbs;
    for (size_t lane = 0; lane < LANES; lane++) {
        number x;
        int64_t carry = 0;
        for (size_t i = 0; i < k; i++) {
            int64_t t = (int64_t)(a[LANES * i + lane] + b[LANES * i + lane]) + carry;
            if (minus) t += (int64_t)(m->modulus[i] << 1) - (int64_t)minus[LANES * i + lane];
            x[i] = (uint64_t)t & LIMB_MASK;
            carry = t >> LIMB_BITS;
        }
        subtract_modulus(x, 1, m);
        subtract_modulus(x, 0, m);
        write_lane(out, x, lane, k);
    }
}

static void canonicalise(uint64_t *element, const cm_modulus *m) {
    const size_t k = m->limbs;
    for (size_t lane = 0; lane < LANES; lane++) {
        number lower, upper;
        read_lane(lower, element, lane, k);
        read_lane(upper, element + LANES * k, lane, k);
        uint64_t carry = subtract_modulus(lower, 0, m);
        for (size_t i = 0; i < k; i++) {
            uint64_t t = upper[i] + carry;
            upper[i] = t & LIMB_MASK;
            carry = t >> LIMB_BITS;
        }
        subtract_modulus(upper, 1, m);
        subtract_modulus(upper, 0, m);
        write_lane(element, lower, lane, k);
        write_lane(element + LANES * k, upper, lane, k);
    }
}

static void shift_add(uint64_t *out, const uint64_t *a, int shift, const uint64_t *b, size_t limbs) {
    for (size_t lane = 0; lane < LANES; lane++) {
        uint64_t carry = 0;
        for (size_t i = lane; i < LANES * limbs; i += LANES) {
            uint64_t t = (a[i] << shift) + b[i] + carry;
            out[i] = t & LIMB_MASK;
            carry = t >> LIMB_BITS;
        }
    }
}

static void gather(uint64_t *block, const uint64_t *const *rows, size_t limbs) {
    for (size_t i = 0; i < padded(limbs); i++)
        for (size_t lane = 0; lane < LANES; lane++) block[LANES * i + lane] = rows[lane][i];
}

static void scatter(uint64_t *const *rows, const uint64_t *block, size_t limbs) {
    for (size_t i = 0; i < padded(limbs); i++)
        for (size_t lane = 0; lane < LANES; lane++) rows[lane][i] = block[LANES * i + lane];
}

static void accumulate(uint64_t *sums, const uint64_t *const *rows, size_t offset, size_t words) {
    for (size_t lane = 0; lane < LANES; lane++)
        for (size_t i = 0; i < words; i++) sums[lane * words + i] += rows[lane][offset + i];
}

static void select_entry(uint64_t *out, const uint64_t *table, size_t entries, size_t index, size_t words) {
    memset(out, 0, words * sizeof(uint64_t));
    for (size_t e = 0; e < entries; e++) {
        const uint64_t difference = e ^ index;
        // All ones for the entry itself: only then is the subtraction's borrow set while no bit of the difference is.
        const uint64_t here = (uint64_t)((int64_t)((difference - 1) & ~difference) >> 63);
        for (size_t i = 0; i < words; i++) out[i] |= table[e * words + i] & here;
    }
}

static const cm_kernels kernels = {
    "portable", multiply, square, multiply_base, leave, reduce_product, sum, canonicalise, shift_add, gather, scatter,
    accumulate, select_entry,
};

const cm_kernels *cm_portable_kernels(void) { return &kernels; }
