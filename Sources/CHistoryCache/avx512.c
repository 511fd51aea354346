#include "CHistoryCache.h"

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)

#define FUSED(a, b, c) __builtin_elementwise_fma(a, b, c)
#define KERNELS_NAME "avx512"
#include "shared.h"

#pragma clang attribute pop

const chc_kernels *chc_avx512_kernels(void) {
    __builtin_cpu_init();
    const int supported = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
                          && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
                          && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return supported ? &kernels : NULL;
}

#else

const chc_kernels *chc_avx512_kernels(void) { return NULL; }

#endif
