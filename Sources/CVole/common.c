#include "CVole.h"
#include <string.h>

// MARK: AES key schedule. Keys are public: its time may depend on them.

static uint8_t times_x(uint8_t a) { return (uint8_t)(a << 1 ^ (a >> 7) * 0x1b); }

static uint8_t times(uint8_t a, uint8_t b) {
    uint8_t product = 0;
    for (; b; b >>= 1, a = times_x(a))
        if (b & 1) product ^= a;
    return product;
}

/// The S-box of FIPS 197, section 5.1.1: the inverse, a^254, under an affine map.
static uint8_t substitute(uint8_t a) {
    uint8_t inverse = 1, out = 0x63;
    for (int i = 0; i < 254; i++) inverse = times(inverse, a);
    for (int i = 0; i < 5; i++) out ^= (uint8_t)(inverse << i | inverse >> (8 - i));
    return out;
}

void cv_expand_key(cv_key *out, const uint8_t *key) {
    uint8_t *w = &out->rounds[0][0], constant = 1;
    memcpy(w, key, 16);
    for (int i = 16; i < 176; i += 4) {
        uint8_t last[4];
        memcpy(last, w + i - 4, 4);
        if (i % 16 == 0) {
            const uint8_t first = last[0];
            for (int k = 0; k < 4; k++) last[k] = substitute(k < 3 ? last[k + 1] : first);
            last[0] ^= constant;
            constant = times_x(constant);
        }
        for (int k = 0; k < 4; k++) w[i + k] = w[i - 16 + k] ^ last[k];
    }
}

// MARK: A secret place in a vector

/// All ones where a = b, else 0.
static inline uint64_t equals(uint64_t a, uint64_t b) {
    const uint64_t difference = a ^ b;
    return cv_mask(1 - ((difference | -difference) >> 63));
}

void cv_add_at(uint64_t *values, size_t words, size_t count, uint64_t index, const uint64_t *value) {
    if (words == 1)
        for (size_t i = 0; i < count; i++) values[i] ^= value[0] & equals(i, index);
    if (words == 2)
        for (size_t i = 0; i < count; i++) {
            const uint64_t mask = equals(i, index);
            values[2 * i] ^= value[0] & mask;
            values[2 * i + 1] ^= value[1] & mask;
        }
}
