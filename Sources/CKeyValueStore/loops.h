#include "CKeyValueStore.h"

// What both implementations do in the same way, around the sum that each has a way of its own for: included behind its
// definition, once in each file.
//
//     add_up(sum, place, band, words): sum = the elements from `place` on whose bits are set in the band

ALWAYS_INLINE void substitute_all(uint64_t *store, const uint64_t *equations, size_t slots, const uint64_t *free_values,
                                  const size_t words) {
    for (size_t slot = slots; slot-- > 0;) {
        uint64_t *element = store + words * slot;
        const uint64_t *equation = equations + KV_BAND_WORDS * slot;
        if (equation[0] != 0) {
            // The slot still holds the right-hand side, which bit 0 adds to the elements behind it.
            add_up(element, element, equation, words);
        } else {
            for (size_t w = 0; w < words; w++) element[w] = *free_values++;
        }
    }
}

ALWAYS_INLINE void decode_all(uint64_t *out, const uint64_t *store, const kv_row *rows, size_t count,
                              const size_t words) {
    for (size_t r = 0; r < count; r++)
        add_up(out + words * rows[r].origin, store + words * rows[r].start, rows[r].band, words);
}

static void substitute(uint64_t *store, const uint64_t *equations, size_t slots, const uint64_t *free_values,
                       size_t words) {
    if (words == 1)
        substitute_all(store, equations, slots, free_values, 1);
    else
        substitute_all(store, equations, slots, free_values, 2);
}

static void decode(uint64_t *out, const uint64_t *store, const kv_row *rows, size_t count, size_t words) {
    if (words == 1)
        decode_all(out, store, rows, count, 1);
    else
        decode_all(out, store, rows, count, 2);
}
