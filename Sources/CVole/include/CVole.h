#pragma once
#include <stddef.h>
#include <stdint.h>

// What silent vector oblivious linear evaluation computes over and over: one level of a tree of seeds, a linear code over
// bits applied to long vectors, products in GF(2^128).
//
// Representation
//   A number of 128 bits is two 64-bit words, low first. As an element of GF(2^128), bit i is the coefficient of X^i modulo
//   X^128 + X^7 + X^2 + X + 1. As an AES block, byte i is bits 8 i to 8 i + 7.
//   A vector is words one after the other, one or two a value; it need not be aligned.
//
// The code (expand-convolute, eprint 2023/882: 21 x 24) takes 2 m values to m. With the second half x, n = m values of it:
//   1. `convolve` with pass 1, then with pass 2. For i = 0, 1, ... n - 1 in turn, x[i] is added to x[i + j] for each
//      j = 1 ... 24 of which bit j - 1 of r is set, and to x[i + 25]; indices beyond the end continue at the start. r is
//      word i (32 bits, little-endian) of AES-CTR with stream = pass.
//   2. `expand`: to value i of the first half are added 21 values of x. Their places come from words 24 i to 24 i + 20 of
//      AES-CTR with stream 0. A word w stands for place floor(w count / 2^32) of a range: words 0 to 9 of all n values, word
//      10 + s of strip s, which begins at floor(s n / 11) and ends where the next one begins.
//   The tap at 25 keeps a started run from dying out; indices that continue at the start, and the second pass, spread a run
//   that starts near the end over everything. Both are as in the authors' implementation (libOTe).
//   Block i of AES-CTR is AES of i (64 bits) and the stream's number (64 bits).
//
// Timing
//   No instruction and no address depends on nodes, values, factors or indices to `cv_add_at`. Keys are public: so are the
//   places and coefficients of the code.
//
// All functions of a `cv_kernels` give the same bits as those of another one.

/// All ones where `bit` is 1, 0 where it is 0. The compiler does not see that there are only two cases, so it makes no branch of
/// what is masked.
static inline uint64_t cv_mask(uint64_t bit) {
    uint64_t mask = -bit;
    __asm__("" : "+r"(mask));
    return mask;
}

/// A public AES-128 key with its schedule: eleven round keys of 16 bytes.
typedef struct {
    uint8_t rounds[11][16];
} cv_key;

/// The schedule of a public key of 16 bytes (FIPS 197).
void cv_expand_key(cv_key *_Nonnull out, const uint8_t *_Nonnull key);

/// Fewest values that `convolve` and `expand` take; the most are 2^31.
#define CV_MIN_COUNT 64
/// Rows that `expand` makes at a time.
#define CV_ROWS 32

/// One implementation of everything.
typedef struct {
    const char *_Nonnull name;

    /// blocks = AES of blocks, in place; `count` of them.
    void (*_Nonnull encrypt)(uint64_t *_Nonnull blocks, size_t count, const cv_key *_Nonnull key);

    /// Makes one level of a tree of its parents, in place: nodes[2 i] and nodes[2 i + 1] become AES(k0, s) + s and
    /// AES(k1, s) + s of s = nodes[i]. `count` children are made, 2 parents or one less. Keys are k0, k1; `sums` is what all
    /// left and all right children add up to.
    void (*_Nonnull grow)(uint64_t *_Nonnull nodes, size_t parents, size_t count, const cv_key *_Nonnull keys,
                          uint64_t *_Nonnull sums);

    /// One pass of convolution, in place, on `count` values of one or two words. See above.
    void (*_Nonnull convolve)(uint64_t *_Nonnull values, size_t words, size_t count, uint64_t pass,
                              const cv_key *_Nonnull key);

    /// Adds entries of `values`, `count` of them of one or two words, to values `first` to `end` - 1 of `sums`. See above.
    /// `first` is a multiple of CV_ROWS.
    void (*_Nonnull expand)(uint64_t *_Nonnull sums, const uint64_t *_Nonnull values, size_t words, size_t count,
                            size_t first, size_t end, const cv_key *_Nonnull key);

    /// out = a b in GF(2^128). out may be a or b.
    void (*_Nonnull multiply)(uint64_t *_Nonnull out, const uint64_t *_Nonnull a, const uint64_t *_Nonnull b);

    /// sums[i] += factor halves[i] in GF(2^128), for elements `halves` of degree below 64, one word each.
    void (*_Nonnull add_products)(uint64_t *_Nonnull sums, const uint64_t *_Nonnull halves, size_t count,
                                  const uint64_t *_Nonnull factor);
} cv_kernels;

/// For any processor.
const cv_kernels *_Nonnull cv_portable_kernels(void);

/// AES-NI, PCLMULQDQ and AVX2; null where the processor or the operating system lacks them.
const cv_kernels *_Nullable cv_aesni_kernels(void);

/// Adds `value` to the vector's value at `index`, reading and writing all of them so that the index does not show. One or two
/// words a value; nothing happens where the index is beyond the end.
void cv_add_at(uint64_t *_Nonnull values, size_t words, size_t count, uint64_t index, const uint64_t *_Nonnull value);
