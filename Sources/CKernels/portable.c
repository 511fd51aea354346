#include "CKernels.h"

// Without the instruction, a fused multiplication is a slow call: here it rounds twice.
#define FUSED(a, b, c) ((a) * (b) + (c))
#define KERNELS_NAME "portable"
#include "shared.h"

const ck_kernels *ck_portable_kernels(void) { return &kernels; }

const ck_kernels *ck_best_kernels(void) {
    const ck_kernels *best = ck_avx512_kernels();
    if (!best) best = ck_avx2_kernels();
    return best ? best : &kernels;
}
