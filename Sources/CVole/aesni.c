#include "CVole.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("aes,pclmul,avx2"))), apply_to = function)

enum { BATCH = 8 };

static inline __attribute__((always_inline)) void encrypt_batch(uint64_t *blocks, const cv_key *key) {
    __m128i x[BATCH], k = _mm_loadu_si128((const __m128i *)key->rounds[0]);
    for (int i = 0; i < BATCH; i++) x[i] = _mm_xor_si128(_mm_loadu_si128((const __m128i *)blocks + i), k);
    for (int r = 1; r < 10; r++) {
        k = _mm_loadu_si128((const __m128i *)key->rounds[r]);
        for (int i = 0; i < BATCH; i++) x[i] = _mm_aesenc_si128(x[i], k);
    }
    k = _mm_loadu_si128((const __m128i *)key->rounds[10]);
    for (int i = 0; i < BATCH; i++) _mm_storeu_si128((__m128i *)blocks + i, _mm_aesenclast_si128(x[i], k));
}

#include "shared.h"

ALWAYS_INLINE __m128i load(const uint64_t *p) { return _mm_loadu_si128((const __m128i *)p); }
ALWAYS_INLINE void store(uint64_t *p, __m128i x) { _mm_storeu_si128((__m128i *)p, x); }

/// X^128 = X^7 + X^2 + X + 1.
ALWAYS_INLINE __m128i reduction(void) { return _mm_cvtsi64_si128(0x87); }

/// low + 2^64 middle + 2^128 high, reduced, for a middle that lies across both.
ALWAYS_INLINE __m128i reduce(__m128i low, __m128i middle, __m128i high) {
    low = _mm_xor_si128(low, _mm_slli_si128(middle, 8));
    high = _mm_xor_si128(high, _mm_srli_si128(middle, 8));
    // The highest word folds into the two in the middle, the one below it and what that brought into the lowest two.
    __m128i fold = _mm_clmulepi64_si128(high, reduction(), 0x01);
    low = _mm_xor_si128(low, _mm_slli_si128(fold, 8));
    high = _mm_xor_si128(high, _mm_srli_si128(fold, 8));
    return _mm_xor_si128(low, _mm_clmulepi64_si128(high, reduction(), 0x00));
}

static void multiply(uint64_t *out, const uint64_t *a, const uint64_t *b) {
    const __m128i x = load(a), y = load(b);
    store(out, reduce(_mm_clmulepi64_si128(x, y, 0x00),
                      _mm_xor_si128(_mm_clmulepi64_si128(x, y, 0x01), _mm_clmulepi64_si128(x, y, 0x10)),
                      _mm_clmulepi64_si128(x, y, 0x11)));
}

static void add_products(uint64_t *sums, const uint64_t *halves, size_t count, const uint64_t *factor) {
    const __m128i y = load(factor);
    for (size_t i = 0; i < count; i++) {
        const __m128i x = _mm_cvtsi64_si128((long long)halves[i]);
        const __m128i low = _mm_clmulepi64_si128(x, y, 0x00), middle = _mm_clmulepi64_si128(x, y, 0x10);
        const __m128i fold = _mm_clmulepi64_si128(middle, reduction(), 0x01);
        const __m128i product = _mm_xor_si128(_mm_xor_si128(low, _mm_slli_si128(middle, 8)), fold);
        store(sums + 2 * i, _mm_xor_si128(load(sums + 2 * i), product));
    }
}

#pragma clang attribute pop

static const cv_kernels kernels = {"aesni", encrypt, grow, convolve, expand, multiply, add_products};

const cv_kernels *cv_aesni_kernels(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("avx2")
               ? &kernels
               : NULL;
}

#else

const cv_kernels *cv_aesni_kernels(void) { return NULL; }

#endif
