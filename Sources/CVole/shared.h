#include "CVole.h"
#include <string.h>

// What both implementations share, in one text so that they give the same bits. The file that includes it has defined
//
//   BATCH                                             how many blocks it encrypts at a time, a divisor of 64
//   encrypt_batch(uint64_t *blocks, const cv_key *k)  one batch, in place
//
// and has turned on the instructions that the compiler may use.

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are read as bytes, low first");

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { ROWS = CV_ROWS, WEIGHT = 21, UNIFORM = 10, STRIPS = 11, ROW_WORDS = 24, TAPS = 24 };

static void encrypt(uint64_t *blocks, size_t count, const cv_key *key) {
    size_t i = 0;
    for (; i + BATCH <= count; i += BATCH) encrypt_batch(blocks + 2 * i, key);
    if (i < count) {
        uint64_t rest[2 * BATCH] = {0};
        memcpy(rest, blocks + 2 * i, 16 * (count - i));
        encrypt_batch(rest, key);
        memcpy(blocks + 2 * i, rest, 16 * (count - i));
    }
}

/// Words of AES-CTR from block `first` on, four a block.
ALWAYS_INLINE void keystream(uint32_t *words, uint64_t first, size_t blocks, uint64_t stream, const cv_key *key) {
    uint64_t batch[2 * BATCH];
    for (size_t i = 0; i < blocks; i += BATCH) {
        for (size_t k = 0; k < BATCH; k++) {
            batch[2 * k] = first + i + k;
            batch[2 * k + 1] = stream;
        }
        encrypt_batch(batch, key);
        memcpy(words + 4 * i, batch, sizeof batch);
    }
}

// MARK: Trees

/// Children of at most a batch of parents, whose first one is nodes[first].
ALWAYS_INLINE void grow_batch(uint64_t *nodes, size_t first, size_t parents, size_t count, const cv_key *keys,
                              uint64_t *sums) {
    uint64_t seeds[2 * BATCH] = {0}, left[2 * BATCH], right[2 * BATCH];
    memcpy(seeds, nodes + 2 * first, 16 * parents);
    memcpy(left, seeds, sizeof seeds);
    memcpy(right, seeds, sizeof seeds);
    encrypt_batch(left, &keys[0]);
    encrypt_batch(right, &keys[1]);
    for (size_t i = 0; i < parents; i++) {
        uint64_t *child = nodes + 4 * (first + i);
        for (size_t w = 0; w < 2; w++) sums[w] ^= child[w] = left[2 * i + w] ^ seeds[2 * i + w];
        if (2 * (first + i) + 1 == count) break;
        for (size_t w = 2; w < 4; w++) sums[w] ^= child[w] = right[2 * i + w - 2] ^ seeds[2 * i + w - 2];
    }
}

static void grow(uint64_t *nodes, size_t parents, size_t count, const cv_key *keys, uint64_t *sums) {
    // From the last parent on: children lie at or behind their parents, which nobody needs any more.
    memset(sums, 0, 32);
    size_t whole = parents / BATCH * BATCH;
    if (whole < parents) grow_batch(nodes, whole, parents - whole, count, keys, sums);
    for (; whole > 0; whole -= BATCH) grow_batch(nodes, whole - BATCH, BATCH, count, keys, sums);
}

// MARK: Code

ALWAYS_INLINE void convolve_words(uint64_t *x, const size_t words, size_t n, uint64_t pass, const cv_key *key) {
    uint32_t r[256];
    for (size_t i = 0; i < n; i++) {
        if (i % 256 == 0) keystream(r, i / 4, 64, pass, key);
        uint64_t bits = r[i % 256], value[2];
        memcpy(value, x + words * i, 8 * words);
        if (i + TAPS + 1 < n) {
            uint64_t *next = x + words * (i + 1);
            for (size_t j = 0; j < TAPS; j++)
                for (size_t w = 0; w < words; w++) next[words * j + w] ^= value[w] & -(bits >> j & 1);
            for (size_t w = 0; w < words; w++) next[words * TAPS + w] ^= value[w];
        } else {
            bits |= 1 << TAPS;
            for (size_t j = 0; j <= TAPS; j++)
                for (size_t w = 0; w < words; w++) x[words * ((i + 1 + j) % n) + w] ^= value[w] & -(bits >> j & 1);
        }
    }
}

static void convolve(uint64_t *values, size_t words, size_t count, uint64_t pass, const cv_key *key) {
    if (words == 1) convolve_words(values, 1, count, pass, key);
    if (words == 2) convolve_words(values, 2, count, pass, key);
}

/// Where the values of `ROWS` rows lie.
ALWAYS_INLINE void draw_places(uint32_t places[ROWS][WEIGHT], size_t first, size_t count, const uint32_t *starts,
                               const cv_key *key) {
    uint32_t words[ROWS][ROW_WORDS];
    keystream(&words[0][0], first * ROW_WORDS / 4, ROWS * ROW_WORDS / 4, 0, key);
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < UNIFORM; j++) places[i][j] = (uint32_t)((uint64_t)words[i][j] * count >> 32);
        for (size_t s = 0; s < STRIPS; s++)
            places[i][UNIFORM + s] =
                starts[s] + (uint32_t)((uint64_t)words[i][UNIFORM + s] * (starts[s + 1] - starts[s]) >> 32);
    }
}

ALWAYS_INLINE void expand_words(uint64_t *sums, const uint64_t *values, const size_t words, size_t count, size_t first,
                                size_t end, const cv_key *key) {
    // The places of the next rows are known while those of these rows are read, so that their cache lines are on the way.
    uint32_t starts[STRIPS + 1], places[2][ROWS][WEIGHT];
    for (size_t s = 0; s <= STRIPS; s++) starts[s] = (uint32_t)(s * count / STRIPS);
    draw_places(places[0], first, count, starts, key);
    for (size_t row = first, turn = 0; row < end; row += ROWS, turn ^= 1) {
        draw_places(places[turn ^ 1], row + ROWS, count, starts, key);
        for (size_t i = 0; i < ROWS && row + i < end; i++) {
            const uint32_t *now = places[turn][i], *soon = places[turn ^ 1][i];
            uint64_t sum[2];
            memcpy(sum, sums + words * (row + i), 8 * words);
            for (size_t j = 0; j < WEIGHT; j++) {
                __builtin_prefetch(values + words * soon[j]);
                for (size_t w = 0; w < words; w++) sum[w] ^= values[words * now[j] + w];
            }
            memcpy(sums + words * (row + i), sum, 8 * words);
        }
    }
}

static void expand(uint64_t *sums, const uint64_t *values, size_t words, size_t count, size_t first, size_t end,
                   const cv_key *key) {
    if (words == 1) expand_words(sums, values, 1, count, first, end, key);
    if (words == 2) expand_words(sums, values, 2, count, first, end, key);
}
