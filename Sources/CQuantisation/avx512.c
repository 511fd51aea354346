#include "CQuantisation.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,popcnt"))), apply_to = function)

#define FUSED(a, b, c) __builtin_elementwise_fma(a, b, c)
#define KERNELS_NAME "avx512"
#define KEY_VECTORS 2
#include "vectors.h"
#include "nearest.h"
#include "permutes.h"
#include "scan.h"
#include "compressions.h"
#include "selection.h"
#include "table.h"

#pragma clang attribute pop

const cq_kernels *cq_avx512_kernels(void) {
    __builtin_cpu_init();
    const int supported = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
                          && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
                          && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("popcnt");
    return supported ? &kernels : NULL;
}

#else

const cq_kernels *cq_avx512_kernels(void) { return NULL; }

#endif
