#pragma once
#include <stddef.h>
#include <stdint.h>

// Product quantisation's inner loops: nearest centroids, tables of a query against centroids, scores of codes, the largest scores.
//
// Code books
//   A code book has `subspaces` groups of 2^bits centroids of `width` floats; `rows` are its centroids one after the other. Its
//   `lanes` hold the same sixteen centroids side by side: element d of centroid 16 g + l at (g width + d) 16 + l, infinities where
//   2^bits is below sixteen. cq_lanes makes them. A width is at most CQ_LARGEST_WIDTH.
//
// Codes
//   Blocks of 64 keys, in each block sub-space after sub-space, 64 bytes each: key i in sub-space j at
//   (i / 64) 64 subspaces + 64 j + i mod 64. Memory is of whole blocks; what a code has above its bits is not looked at.
//
// Order
//   A distance or an inner product within a sub-space adds its terms one after the other in the order of the elements, with a sum
//   over sub-spaces in their order. So a number has the same bits from whichever function, and however many are computed with
//   it. Implementations differ from one another in the last bits of a product or a distance, since some fuse multiplications and
//   additions; scores of one table and the largest scores are the same everywhere.
//
// Nothing need be aligned, an output overlaps no input, and no number is NaN.

enum { CQ_BLOCK = 64, CQ_LARGEST_WIDTH = 256 };

/// One implementation of everything.
typedef struct {
    const char *name;

    /// The nearest centroid of a sub-space for each of `count` rows, the lower index where two are as near; and the squared
    /// distances to them, unless `distances` is NULL. `lanes` are those of the sub-space.
    void (*assign)(const float *rows, size_t stride, size_t count, const float *lanes, size_t centroids, size_t width,
                   uint8_t *codes, float *distances);

    /// Adds to `sums` (centroids x width) each row minus its centroid, times the row's weight; to `masses` a centroid's weights, to
    /// `counts` its number of rows.
    void (*accumulate)(const float *rows, size_t stride, size_t count, const uint8_t *codes, const float *weights,
                       const float *centroids, size_t width, float *sums, double *masses, uint32_t *counts);

    /// Inner products of a query's part with a sub-space's centroids.
    void (*products)(const float *query, const float *lanes, size_t centroids, size_t width, float *table);

    /// Squared distances of a query's part to a sub-space's centroids.
    void (*distances)(const float *query, const float *lanes, size_t centroids, size_t width, float *table);

    /// Inner products of a query with `count` rows of subspaces x width elements.
    void (*row_products)(const float *query, const float *rows, size_t stride, size_t count, size_t subspaces, size_t width,
                         float *scores);

    /// Squared distances of a query to them.
    void (*row_distances)(const float *query, const float *rows, size_t stride, size_t count, size_t subspaces, size_t width,
                          float *scores);

    /// For keys first ..< first + count, the sum of their codes' entries in a table of subspaces x 2^bits.
    void (*scan)(const float *table, unsigned bits, size_t subspaces, const uint8_t *codes, size_t first, size_t count,
                 float *scores);

    /// The number at place `rank` from 0 on of `count` > rank numbers in descending order, and how many equal to it are at that
    /// place and before. `scratch` has room for `count`.
    float (*ranked)(const float *x, size_t count, size_t rank, float *scratch, size_t *ties);

    /// Writes, in ascending order, base + i for all x[i] > bound and for the first `ties` with x[i] == bound; returns how many.
    /// There is room for `room` indices, no fewer than are written.
    size_t (*above)(const float *x, size_t count, float bound, size_t ties, uint32_t base, uint32_t *indices, size_t room);
} cq_kernels;

/// What a C compiler makes of it anywhere.
const cq_kernels *cq_portable_kernels(void);
/// With AVX2 and FMA; NULL where the processor has none.
const cq_kernels *cq_avx2_kernels(void);
/// With AVX-512 (F, DQ, BW, VL); NULL where the processor has none.
const cq_kernels *cq_avx512_kernels(void);
/// The widest that the processor has.
const cq_kernels *cq_best_kernels(void);

/// Lanes that `centroids` of `width` take.
static inline size_t cq_lane_count(size_t centroids, size_t width) { return (centroids + 15) / 16 * 16 * width; }

/// Fills the lanes of one sub-space's centroids.
void cq_lanes(const float *rows, size_t centroids, size_t width, float *lanes);
