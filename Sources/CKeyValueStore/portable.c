#include "CKeyValueStore.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/// sum = the elements from `place` on whose bits are set in the band.
ALWAYS_INLINE void add_up(uint64_t *sum, const uint64_t *place, const uint64_t *band, const size_t words) {
    uint64_t low = 0, high = 0;
    for (size_t w = 0; w < KV_BAND_WORDS; w++) {
        const uint64_t bits = band[w];
        const uint64_t *elements = place + words * 64 * w;
        for (size_t j = 0; j < 64; j++) {
            // All ones where the bit is set.
            const uint64_t kept = (uint64_t)((int64_t)(bits << (63 - j)) >> 63);
            low ^= elements[words * j] & kept;
            if (words == 2) high ^= elements[words * j + 1] & kept;
        }
    }
    sum[0] = low;
    if (words == 2) sum[1] = high;
}

#include "loops.h"

static const kv_kernels kernels = {substitute, decode};

const kv_kernels *kv_portable_kernels(void) { return &kernels; }
