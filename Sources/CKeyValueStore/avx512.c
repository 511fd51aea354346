#include "CKeyValueStore.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,bmi2"))), apply_to = function)

typedef __m512i vec;

ALWAYS_INLINE vec add_where(__mmask8 kept, vec sum, const uint64_t *elements) {
    return _mm512_mask_xor_epi64(sum, kept, sum, _mm512_loadu_si512(elements));
}

/// The sum of eight words, or of four elements of two words.
ALWAYS_INLINE void store_sum(uint64_t *sum, vec v, const size_t words) {
    const __m256i four = _mm256_xor_si256(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
    const __m128i two = _mm_xor_si128(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));
    if (words == 2)
        _mm_storeu_si128((__m128i *)sum, two);
    else
        sum[0] = (uint64_t)_mm_cvtsi128_si64(_mm_xor_si128(two, _mm_unpackhi_epi64(two, two)));
}

/// sum = the elements from `place` on whose bits are set in the band.
ALWAYS_INLINE void add_up(uint64_t *sum, const uint64_t *place, const uint64_t *band, const size_t words) {
    vec sums[4];
    UNROLL for (int i = 0; i < 4; i++) sums[i] = _mm512_setzero_si512();
    if (words == 1) {
        UNROLL for (int w = 0; w < KV_BAND_WORDS; w++) {
            const uint64_t bits = band[w];
            UNROLL for (int i = 0; i < 8; i++)
                sums[i & 3] = add_where((__mmask8)(bits >> 8 * i), sums[i & 3], place + 8 * (8 * w + i));
        }
    } else {
        UNROLL for (int h = 0; h < 2 * KV_BAND_WORDS; h++) {
            // Each bit twice, for the two words of an element.
            const uint64_t bits = 3 * _pdep_u64(band[h / 2] >> 32 * (h & 1), UINT64_C(0x5555555555555555));
            UNROLL for (int i = 0; i < 8; i++)
                sums[i & 3] = add_where((__mmask8)(bits >> 8 * i), sums[i & 3], place + 8 * (8 * h + i));
        }
    }
    const vec v = _mm512_xor_si512(_mm512_xor_si512(sums[0], sums[1]), _mm512_xor_si512(sums[2], sums[3]));
    store_sum(sum, v, words);
}

#include "loops.h"

#pragma clang attribute pop

static const kv_kernels kernels = {substitute, decode};

const kv_kernels *kv_avx512_kernels(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                   __builtin_cpu_supports("bmi2")
               ? &kernels
               : NULL;
}

#else

const kv_kernels *kv_avx512_kernels(void) { return NULL; }

#endif
