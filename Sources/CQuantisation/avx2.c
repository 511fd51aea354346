#include "CQuantisation.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define FUSED(a, b, c) __builtin_elementwise_fma(a, b, c)
#define KERNELS_NAME "avx2"
#define KEY_VECTORS 1
#include "vectors.h"
#include "nearest.h"

/// Sixteen entries of a table.
INLINE vec look_up(const float *table, ivec codes) {
    __m256i halves[2];
    memcpy(halves, &codes, sizeof halves);
    const __m256 entries[2] = {_mm256_i32gather_ps(table, halves[0], 4), _mm256_i32gather_ps(table, halves[1], 4)};
    vec out;
    memcpy(&out, entries, sizeof out);
    return out;
}

#include "scan_by_entry.h"
#include "scan.h"
#include "compression_by_element.h"
#include "selection.h"
#include "table.h"

#pragma clang attribute pop

const cq_kernels *cq_avx2_kernels(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernels : NULL;
}

#else

const cq_kernels *cq_avx2_kernels(void) { return NULL; }

#endif
