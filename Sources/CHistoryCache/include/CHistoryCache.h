#pragma once
#include <stddef.h>

// What attention to chosen events computes: the products of a query with rows that lie anywhere, and the weighted sum of such rows.
//
// Rows
//   A row is given by an address, and lies `offset` floats behind it: one list of events serves all heads. Nothing need be aligned.
//
// Bits
//   Vectors have sixteen lanes for every instruction set. A product depends on its query and its row alone, wherever the row stands in
//   the list. A weighted sum is of four partial sums, by a row's place in the list modulo four, which are then added in one order: it
//   depends on the list's values and their order alone.
//
// Implementations differ from one another in the last bits, since one of them fuses multiplications and additions.

/// One implementation.
typedef struct {
    const char *_Nonnull name;

    /// scores[i] = the sum over k < dimension of query[k] rows[i][offset + k], for i < count.
    void (*_Nonnull products)(const float *_Nonnull query, size_t dimension, const float *_Nonnull const *_Nonnull rows, size_t offset,
                              size_t count, float *_Nonnull scores);

    /// out[k] = factor times the sum over i < count of weights[i] rows[i][offset + k], for k < dimension.
    void (*_Nonnull weighted_sum)(const float *_Nonnull weights, const float *_Nonnull const *_Nonnull rows, size_t offset,
                                  size_t count, float factor, size_t dimension, float *_Nonnull out);
} chc_kernels;

/// For any processor.
const chc_kernels *_Nonnull chc_portable_kernels(void);
/// AVX2 and FMA; null where the processor or the operating system lacks them.
const chc_kernels *_Nullable chc_avx2_kernels(void);
/// AVX-512 F, DQ, BW and VL; null where the processor or the operating system lacks them.
const chc_kernels *_Nullable chc_avx512_kernels(void);
/// The fastest of these that runs here.
const chc_kernels *_Nonnull chc_best_kernels(void);
