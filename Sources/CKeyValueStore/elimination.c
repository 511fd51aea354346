#include "CKeyValueStore.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/// How many rows ahead a value is asked for: values lie in the keys' order, rows in another.
enum { AHEAD = 16 };

ALWAYS_INLINE size_t eliminate(uint64_t *store, uint64_t *equations, const kv_row *rows, size_t count,
                               const uint64_t *values, const size_t words) {
    for (size_t r = 0; r < count; r++) {
        if (r + AHEAD < count) __builtin_prefetch(values + words * rows[r + AHEAD].origin);
        uint64_t b0 = rows[r].band[0], b1 = rows[r].band[1], b2 = rows[r].band[2], b3 = rows[r].band[3];
        const uint64_t *value = values + words * rows[r].origin;
        uint64_t low = value[0], high = words == 2 ? value[1] : 0;
        size_t slot = rows[r].start;
        for (;;) {
            while (b0 == 0) {
                if ((b1 | b2 | b3) == 0) return r;
                b0 = b1, b1 = b2, b2 = b3, b3 = 0;
                slot += 64;
            }
            // Shifted left in two steps, for a shift by 64 has no meaning.
            const int zeros = __builtin_ctzll(b0);
            b0 = b0 >> zeros | b1 << 1 << (63 - zeros);
            b1 = b1 >> zeros | b2 << 1 << (63 - zeros);
            b2 = b2 >> zeros | b3 << 1 << (63 - zeros);
            b3 >>= zeros;
            slot += (size_t)zeros;
            uint64_t *equation = equations + KV_BAND_WORDS * slot, *side = store + words * slot;
            if (equation[0] == 0) {
                equation[0] = b0, equation[1] = b1, equation[2] = b2, equation[3] = b3;
                side[0] = low;
                if (words == 2) side[1] = high;
                break;
            }
            b0 ^= equation[0], b1 ^= equation[1], b2 ^= equation[2], b3 ^= equation[3];
            low ^= side[0];
            if (words == 2) high ^= side[1];
        }
    }
    return count;
}

size_t kv_eliminate(uint64_t *store, uint64_t *equations, const kv_row *rows, size_t count, const uint64_t *values,
                    size_t words) {
    return words == 1 ? eliminate(store, equations, rows, count, values, 1)
                      : eliminate(store, equations, rows, count, values, 2);
}
