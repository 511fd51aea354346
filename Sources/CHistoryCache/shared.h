// One text for every instruction set; the file that includes it defines FUSED(a, b, c) = a b + c and KERNELS_NAME.
#include "CHistoryCache.h"
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

// Vectors pass only between functions that are inlined, so how the ABI passes them does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))

enum { LANES = 16 };
typedef float vec __attribute__((vector_size(4 * LANES), aligned(4)));

INLINE vec all(float x) { return (vec){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
INLINE vec load(const float *p) { return *(const vec *)p; }
INLINE void store(float *p, vec x) { *(vec *)p = x; }

/// The first n lanes from memory, 0 in the others.
INLINE vec load_first(const float *p, size_t n) {
    if (n == LANES) return load(p);
    vec x = all(0);
    memcpy(&x, p, n * sizeof(float));
    return x;
}

INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/// The sums of sixteen vectors' lanes: lane l has that of x[l with its four bits in reverse]. Each is added up in the same order:
/// halves onto halves.
INLINE vec sums(vec x[LANES]) {
    for (int k = 0; k < 8; k++)
        x[k] = __builtin_shufflevector(x[k], x[k + 8], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
               + __builtin_shufflevector(x[k], x[k + 8], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    for (int k = 0; k < 4; k++)
        x[k] = __builtin_shufflevector(x[k], x[k + 4], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
               + __builtin_shufflevector(x[k], x[k + 4], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    for (int k = 0; k < 2; k++)
        x[k] = __builtin_shufflevector(x[k], x[k + 2], 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29)
               + __builtin_shufflevector(x[k], x[k + 2], 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31);
    return __builtin_shufflevector(x[0], x[1], 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
           + __builtin_shufflevector(x[0], x[1], 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

/// Rows of a group in the order in which `sums` leaves them in their places.
static const uint8_t reversed[LANES] = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};

/// How many rows ahead the cache is asked for: they lie anywhere, so that the processor cannot guess.
enum { AHEAD = 16, LINE = 64 / sizeof(float) };

INLINE void fetch(const float *row, size_t dimension) {
    for (size_t k = 0; k < dimension; k += LINE) __builtin_prefetch(row + k);
}

/// A row's product with the query before its lanes are added up.
INLINE vec lanes_of(const float *query, size_t dimension, const float *row) {
    vec total = all(0);
    size_t k = 0;
    for (; k + LANES <= dimension; k += LANES) total = FUSED(load(row + k), load(query + k), total);
    if (k < dimension) total = FUSED(load_first(row + k, dimension - k), load_first(query + k, dimension - k), total);
    return total;
}

/// Sixteen products.
INLINE vec group(const float *query, size_t dimension, const float *const *rows, size_t offset) {
    vec total[LANES];
#pragma clang loop unroll(full)
    for (int r = 0; r < LANES; r++) total[r] = lanes_of(query, dimension, rows[reversed[r]] + offset);
    return sums(total);
}

INLINE void products_of(const float *query, size_t dimension, const float *const *rows, size_t offset, size_t count,
                        float *scores) {
    size_t i = 0;
    for (; i + LANES + AHEAD <= count; i += LANES) {
#pragma clang loop unroll(full)
        for (size_t k = 0; k < LANES; k++) fetch(rows[i + AHEAD + k] + offset, dimension);
        store(scores + i, group(query, dimension, rows + i, offset));
    }
    for (; i + LANES <= count; i += LANES) store(scores + i, group(query, dimension, rows + i, offset));
    if (i < count) {
        // The last row fills the group up.
        const float *last[LANES];
        for (size_t r = 0; r < LANES; r++) last[r] = rows[smaller(i + r, count - 1)];
        const vec x = group(query, dimension, last, offset);
        memcpy(scores + i, &x, (count - i) * sizeof(float));
    }
}

static void products(const float *query, size_t dimension, const float *const *rows, size_t offset, size_t count, float *scores) {
    // A constant in each call, so that the query stays in registers.
    if (dimension == 16) products_of(query, 16, rows, offset, count, scores);
    else if (dimension == 32) products_of(query, 32, rows, offset, count, scores);
    else if (dimension == 64) products_of(query, 64, rows, offset, count, scores);
    else products_of(query, dimension, rows, offset, count, scores);
}

/// A strip of up to 16 `wide` columns of the weighted sum.
INLINE void strip(const float *weights, const float *const *rows, size_t offset, size_t count, float factor, int wide,
                  size_t columns, float *out) {
    enum { WAYS = 4, WIDEST = 4 };
    vec total[WAYS][WIDEST];
    for (int w = 0; w < WAYS; w++)
        for (int c = 0; c < wide; c++) total[w][c] = all(0);
    const size_t last = columns - (size_t)(wide - 1) * LANES;
    size_t i = 0;
    for (; i + WAYS <= count; i += WAYS) {
        const size_t next = smaller(i + WAYS + AHEAD, count);
        for (size_t k = i + AHEAD; k < next; k++) fetch(rows[k] + offset, columns);
#pragma clang loop unroll(full)
        for (int w = 0; w < WAYS; w++) {
            const vec weight = all(weights[i + (size_t)w]);
            const float *row = rows[i + (size_t)w] + offset;
            for (int c = 0; c < wide - 1; c++) total[w][c] = FUSED(load(row + c * LANES), weight, total[w][c]);
            total[w][wide - 1] = FUSED(load_first(row + (wide - 1) * LANES, last), weight, total[w][wide - 1]);
        }
    }
    for (int w = 0; i < count; i++, w++) {
        const float *row = rows[i] + offset;
        for (int c = 0; c < wide; c++)
            total[w][c] = FUSED(load_first(row + c * LANES, c < wide - 1 ? LANES : last), all(weights[i]), total[w][c]);
    }
    for (int c = 0; c < wide; c++) {
        const vec x = ((total[0][c] + total[1][c]) + (total[2][c] + total[3][c])) * all(factor);
        memcpy(out + c * LANES, &x, (c < wide - 1 ? LANES : last) * sizeof(float));
    }
}

static void weighted_sum(const float *weights, const float *const *rows, size_t offset, size_t count, float factor, size_t dimension,
                         float *out) {
    for (size_t k = 0; k < dimension;) {
        const size_t rest = dimension - k;
        // A constant in each call, so that the partial sums stay in registers.
        if (rest >= 64) strip(weights, rows, offset + k, count, factor, 4, 64, out + k), k += 64;
        else if (rest >= 32) strip(weights, rows, offset + k, count, factor, 2, 32, out + k), k += 32;
        else if (rest >= 16) strip(weights, rows, offset + k, count, factor, 1, 16, out + k), k += 16;
        else strip(weights, rows, offset + k, count, factor, 1, rest, out + k), k += rest;
    }
}

static const chc_kernels kernels = {KERNELS_NAME, products, weighted_sum};
