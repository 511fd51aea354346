#include "CVole.h"
#include <string.h>

// Plain C in constant time. AES is bit-sliced over 64 blocks: word [b][r][c] of the state holds bit b of the byte in row r and
// column c, which is byte 4 c + r of a block, of all of them. Nothing is ever looked up in a table.

enum { BATCH = 64 };

typedef uint64_t state[8][4][4];

/// Transposes 64 x 64 bits: bit j of word i against bit i of word j, in squares of half the side each time.
static void transpose(uint64_t *rows) {
    uint64_t mask = 0x00000000ffffffff;
    for (int side = 32; side > 0; side >>= 1, mask ^= mask << side)
        for (int i = 0; i < 64; i = ((i | side) + 1) & ~side) {
            const uint64_t swapped = (rows[i] >> side ^ rows[i | side]) & mask;
            rows[i] ^= swapped << side;
            rows[i | side] ^= swapped;
        }
}

static void load_state(state s, const uint64_t *blocks) {
    for (int half = 0; half < 2; half++) {
        uint64_t rows[64];
        for (int i = 0; i < 64; i++) rows[i] = blocks[2 * i + half];
        transpose(rows);
        for (int i = 0; i < 64; i++) s[i % 8][i / 8 % 4][2 * half + i / 32] = rows[i];
    }
}

static void store_state(uint64_t *blocks, state s) {
    for (int half = 0; half < 2; half++) {
        uint64_t rows[64];
        for (int i = 0; i < 64; i++) rows[i] = s[i % 8][i / 8 % 4][2 * half + i / 32];
        transpose(rows);
        for (int i = 0; i < 64; i++) blocks[2 * i + half] = rows[i];
    }
}

static void add_round_key(state s, const uint8_t *key) {
    for (int b = 0; b < 8; b++)
        for (int r = 0; r < 4; r++)
            for (int c = 0; c < 4; c++) s[b][r][c] ^= -(uint64_t)(key[4 * c + r] >> b & 1);
}

/// The S-box as a circuit of 115 gates: J. Boyar, R. Peralta, "A small depth-16 circuit for the AES S-box", SEC 2012. Their x0 is the
/// highest bit.
static void substitute(state bytes) {
    uint64_t(*s)[16] = (uint64_t(*)[16])bytes;
    for (int p = 0; p < 16; p++) {
        const uint64_t x0 = s[7][p], x1 = s[6][p], x2 = s[5][p], x3 = s[4][p];
        const uint64_t x4 = s[3][p], x5 = s[2][p], x6 = s[1][p], x7 = s[0][p];
        // Linear, on top.
        const uint64_t y14 = x3 ^ x5, y13 = x0 ^ x6, y9 = x0 ^ x3, y8 = x0 ^ x5, t0 = x1 ^ x2;
        const uint64_t y1 = t0 ^ x7, y4 = y1 ^ x3, y12 = y13 ^ y14, y2 = y1 ^ x0, y5 = y1 ^ x6, y3 = y5 ^ y8;
        const uint64_t t1 = x4 ^ y12, y15 = t1 ^ x5, y20 = t1 ^ x1, y6 = y15 ^ x7, y10 = y15 ^ t0, y11 = y20 ^ y9;
        const uint64_t y7 = x7 ^ y11, y17 = y10 ^ y11, y19 = y10 ^ y8, y16 = t0 ^ y11, y21 = y13 ^ y16, y18 = x0 ^ y16;
        // Inversion in GF(2^4)^2.
        const uint64_t t2 = y12 & y15, t3 = y3 & y6, t4 = t3 ^ t2, t5 = y4 & x7, t6 = t5 ^ t2, t7 = y13 & y16;
        const uint64_t t8 = y5 & y1, t9 = t8 ^ t7, t10 = y2 & y7, t11 = t10 ^ t7, t12 = y9 & y11, t13 = y14 & y17;
        const uint64_t t14 = t13 ^ t12, t15 = y8 & y10, t16 = t15 ^ t12, t17 = t4 ^ t14, t18 = t6 ^ t16;
        const uint64_t t19 = t9 ^ t14, t20 = t11 ^ t16, t21 = t17 ^ y20, t22 = t18 ^ y19, t23 = t19 ^ y21;
        const uint64_t t24 = t20 ^ y18, t25 = t21 ^ t22, t26 = t21 & t23, t27 = t24 ^ t26, t28 = t25 & t27;
        const uint64_t t29 = t28 ^ t22, t30 = t23 ^ t24, t31 = t22 ^ t26, t32 = t31 & t30, t33 = t32 ^ t24;
        const uint64_t t34 = t23 ^ t33, t35 = t27 ^ t33, t36 = t24 & t35, t37 = t36 ^ t34, t38 = t27 ^ t36;
        const uint64_t t39 = t29 & t38, t40 = t25 ^ t39, t41 = t40 ^ t37, t42 = t29 ^ t33, t43 = t29 ^ t40;
        const uint64_t t44 = t33 ^ t37, t45 = t42 ^ t41;
        const uint64_t z0 = t44 & y15, z1 = t37 & y6, z2 = t33 & x7, z3 = t43 & y16, z4 = t40 & y1, z5 = t29 & y7;
        const uint64_t z6 = t42 & y11, z7 = t45 & y17, z8 = t41 & y10, z9 = t44 & y12, z10 = t37 & y3, z11 = t33 & y4;
        const uint64_t z12 = t43 & y13, z13 = t40 & y5, z14 = t29 & y2, z15 = t42 & y9, z16 = t45 & y14, z17 = t41 & y8;
        // Linear, at the bottom.
        const uint64_t t46 = z15 ^ z16, t47 = z10 ^ z11, t48 = z5 ^ z13, t49 = z9 ^ z10, t50 = z2 ^ z12, t51 = z2 ^ z5;
        const uint64_t t52 = z7 ^ z8, t53 = z0 ^ z3, t54 = z6 ^ z7, t55 = z16 ^ z17, t56 = z12 ^ t48, t57 = t50 ^ t53;
        const uint64_t t58 = z4 ^ t46, t59 = z3 ^ t54, t60 = t46 ^ t57, t61 = z14 ^ t57, t62 = t52 ^ t58;
        const uint64_t t63 = t49 ^ t58, t64 = z4 ^ t59, t65 = t61 ^ t62, t66 = z1 ^ t63, t67 = t64 ^ t65;
        const uint64_t s3 = t53 ^ t66;
        s[7][p] = t59 ^ t63;
        s[6][p] = t64 ^ ~s3;
        s[5][p] = t55 ^ ~t67;
        s[4][p] = s3;
        s[3][p] = t51 ^ t66;
        s[2][p] = t47 ^ t65;
        s[1][p] = t56 ^ ~t62;
        s[0][p] = t48 ^ ~t60;
    }
}

/// Row r moves r columns to the left.
static void shift_rows(state s) {
    for (int b = 0; b < 8; b++)
        for (int r = 1; r < 4; r++) {
            uint64_t row[4];
            for (int c = 0; c < 4; c++) row[c] = s[b][r][(c + r) % 4];
            memcpy(s[b][r], row, sizeof row);
        }
}

/// Of a column a, b, c, d, a becomes 2 (a + b) + b + c + d, and so on around.
static void mix_columns(state s) {
    state pairs;
    for (int b = 0; b < 8; b++)
        for (int r = 0; r < 4; r++)
            for (int c = 0; c < 4; c++) pairs[b][r][c] = s[b][r][c] ^ s[b][(r + 1) % 4][c];
    for (int b = 0; b < 8; b++) {
        // Twice a pair: each bit moves up, and the highest one comes back as 0x1b.
        const uint64_t moved = b > 0 ? UINT64_MAX : 0, carried = 0x1b >> b & 1 ? UINT64_MAX : 0;
        uint64_t mixed[4][4];
        for (int r = 0; r < 4; r++)
            for (int c = 0; c < 4; c++)
                mixed[r][c] = (pairs[(b + 7) % 8][r][c] & moved) ^ (pairs[7][r][c] & carried) ^ s[b][(r + 1) % 4][c] ^
                              pairs[b][(r + 2) % 4][c];
        memcpy(s[b], mixed, sizeof mixed);
    }
}

static void encrypt_batch(uint64_t *blocks, const cv_key *key) {
    state s;
    load_state(s, blocks);
    add_round_key(s, key->rounds[0]);
    for (int r = 1; r <= 10; r++) {
        substitute(s);
        shift_rows(s);
        if (r < 10) mix_columns(s);
        add_round_key(s, key->rounds[r]);
    }
    store_state(blocks, s);
}

#include "shared.h"

/// out = factor times the polynomial in `bits`, by Horner's rule from its highest coefficient.
ALWAYS_INLINE void multiply_bits(uint64_t *out, const uint64_t *factor, const uint64_t *words, size_t count) {
    uint64_t low = 0, high = 0;
    for (size_t i = 64 * count; i-- > 0;) {
        const uint64_t carry = cv_mask(high >> 63) & 0x87, bit = cv_mask(words[i / 64] >> i % 64 & 1);
        high = (high << 1 | low >> 63) ^ (factor[1] & bit);
        low = low << 1 ^ carry ^ (factor[0] & bit);
    }
    out[0] = low;
    out[1] = high;
}

static void multiply(uint64_t *out, const uint64_t *a, const uint64_t *b) {
    uint64_t product[2];
    multiply_bits(product, a, b, 2);
    memcpy(out, product, sizeof product);
}

static void add_products(uint64_t *sums, const uint64_t *halves, size_t count, const uint64_t *factor) {
    for (size_t i = 0; i < count; i++) {
        uint64_t product[2];
        multiply_bits(product, factor, halves + i, 1);
        sums[2 * i] ^= product[0];
        sums[2 * i + 1] ^= product[1];
    }
}

static const cv_kernels kernels = {"portable", encrypt, grow, convolve, expand, multiply, add_products};

const cv_kernels *cv_portable_kernels(void) { return &kernels; }
