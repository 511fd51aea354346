#include "CHistoryCache.h"

// Without the instruction, a fused multiplication is a slow call: here it rounds twice.
#define FUSED(a, b, c) ((a) * (b) + (c))
#define KERNELS_NAME "portable"
#include "shared.h"

const chc_kernels *chc_portable_kernels(void) { return &kernels; }

const chc_kernels *chc_best_kernels(void) {
    const chc_kernels *best = chc_avx512_kernels();
    if (!best) best = chc_avx2_kernels();
    return best ? best : &kernels;
}
