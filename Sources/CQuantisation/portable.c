#include "CQuantisation.h"

// Without the instruction, a fused multiplication is a slow call: here it rounds twice.
#define FUSED(a, b, c) ((a) * (b) + (c))
#define KERNELS_NAME "portable"
#define KEY_VECTORS 1
#include "vectors.h"
#include "nearest.h"

/// Sixteen entries of a table.
INLINE vec look_up(const float *table, ivec codes) {
    vec entries;
    for (int k = 0; k < LANES; k++) entries[k] = table[codes[k]];
    return entries;
}

#include "scan_by_entry.h"
#include "scan.h"
#include "compression_by_element.h"
#include "selection.h"
#include "table.h"

const cq_kernels *cq_portable_kernels(void) { return &kernels; }

const cq_kernels *cq_best_kernels(void) {
    const cq_kernels *best = cq_avx512_kernels();
    if (!best) best = cq_avx2_kernels();
    return best ? best : &kernels;
}

void cq_lanes(const float *rows, size_t centroids, size_t width, float *lanes) {
    const size_t rounded = (centroids + LANES - 1) / LANES * LANES;
    for (size_t c = 0; c < rounded; c++)
        for (size_t d = 0; d < width; d++)
            lanes[(c / LANES * width + d) * LANES + c % LANES] = c < centroids ? rows[c * width + d] : INFINITY;
}
