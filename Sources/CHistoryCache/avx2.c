#include "CHistoryCache.h"

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define FUSED(a, b, c) __builtin_elementwise_fma(a, b, c)
#define KERNELS_NAME "avx2"
#include "shared.h"

#pragma clang attribute pop

const chc_kernels *chc_avx2_kernels(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernels : NULL;
}

#else

const chc_kernels *chc_avx2_kernels(void) { return NULL; }

#endif
