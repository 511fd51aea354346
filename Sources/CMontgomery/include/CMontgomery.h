#pragma once
#include <stddef.h>
#include <stdint.h>

// Arithmetic modulo n^2 for an odd n, on eight operands at a time.
//
// Representation
//   A number below R = 2^(52 k) is k limbs of 52 bits, least significant first, each in a 64-bit word. k is a multiple
//   of 10 from 20 to 80, such that 52 k exceeds the bits of n by at least 14.
//   A *block* holds one number of each of eight lanes: word 8 i + l is limb i of lane l. Blocks are aligned to 64 bytes.
//   An *element* stands for a residue modulo n^2 in radix n: digits P and S, the residue is P + n S. Its block has 2 k
//   limbs, first P's, then S's. Digits given and returned are below 2 n unless said otherwise ("canonical": below n).
//   Products carry Montgomery's factor: multiplying X and Y gives X Y / R modulo n^2.
//
// Why radix n (proof sketch)
//   Let REDC(T) = (T + q n) / R with q = -T / n modulo R, the Montgomery reduction modulo n. For T < 4 n^2 and R > 8 n it
//   is below 2 n: no final subtraction is ever needed. Write t = REDC(P1 P2), with quotient q: P1 P2 = R t - q n. Then
//       (P1 + n S1)(P2 + n S2) / R  =  t + n (P1 S2 + S1 P2 - q) / R   modulo n^2
//   and what stands behind n counts modulo n only: it is REDC(P1 S2 + S1 P2 + C - q), where C = c n >= R keeps the
//   number positive. That is five products of k x k limbs instead of the eight of arithmetic modulo an unstructured
//   number of 2 k limbs; a square takes three and a half instead of six.
//
// Normalised bases
//   A unit can be written as a (1 + n lambda). Factors (1 + n lambda) multiply by adding their lambdas as integers, so a
//   product of many bases needs the factor a of each, four products of k x k limbs, and one (1 + n sum) at the end.
//
// Timing
//   No instruction and no address depends on limbs. `gather` reads where its pointers say, and says so to whoever can
//   observe the cache; `select` reads its whole table.
//
// All functions of a `cm_kernels` give the same bits as those of another one.

/// Operands in a block.
#define CM_LANES 8
/// The most limbs of a number.
#define CM_MAX_LIMBS 80

/// What kernels need to know about a modulus.
typedef struct {
    /// k.
    size_t limbs;
    /// -1 / n modulo 2^52.
    uint64_t negated_inverse;
    /// n, k limbs.
    const uint64_t *_Nonnull modulus;
    /// A multiple of n that is at least R + n and below R + 3 n, k words of at least 2^52 - 1 each: not normalised.
    const uint64_t *_Nonnull cover;
} cm_modulus;

/// One implementation of everything.
typedef struct {
    const char *_Nonnull name;

    /// out = a b / R modulo n^2. Elements; out may be a or b.
    void (*_Nonnull multiply)(uint64_t *_Nonnull out, const uint64_t *_Nonnull a, const uint64_t *_Nonnull b,
                              const cm_modulus *_Nonnull m);
    /// out = a a / R modulo n^2. Elements; out may be a.
    void (*_Nonnull square)(uint64_t *_Nonnull out, const uint64_t *_Nonnull a, const cm_modulus *_Nonnull m);
    /// out = a base / R modulo n^2 for a base without upper digit: a block of k limbs, below 2 n. out may be a.
    void (*_Nonnull multiply_base)(uint64_t *_Nonnull out, const uint64_t *_Nonnull a, const uint64_t *_Nonnull base,
                                   const cm_modulus *_Nonnull m);
    /// out = a (1 + n lambda) / R modulo n^2: leaves Montgomery's form. lambda is a block of k limbs below R. out may be a; its
    /// upper digit is below 4 n.
    void (*_Nonnull leave)(uint64_t *_Nonnull out, const uint64_t *_Nonnull a, const uint64_t *_Nonnull lambda,
                           const cm_modulus *_Nonnull m);
    /// out = REDC(a b) for numbers of which one is below 2 n and the other below R, so below 3 n; below 2 n if both are
    /// below 2 n. The quotient q is stored unless null. out may be a or b; the quotient may not.
    void (*_Nonnull reduce_product)(uint64_t *_Nonnull out, uint64_t *_Nullable quotient, const uint64_t *_Nonnull a,
                                    const uint64_t *_Nonnull b, const cm_modulus *_Nonnull m);
    /// out = a + b - minus modulo n, canonical, for a + b below 4 n; with `minus` (null: 0), a + b and minus below 2 n.
    void (*_Nonnull sum)(uint64_t *_Nonnull out, const uint64_t *_Nonnull a, const uint64_t *_Nonnull b,
                         const uint64_t *_Nullable minus, const cm_modulus *_Nonnull m);
    /// Makes both digits of an element canonical, without changing the residue. The upper one may be below 4 n.
    void (*_Nonnull canonicalise)(uint64_t *_Nonnull element, const cm_modulus *_Nonnull m);
    /// out = 2^shift a + b, with limbs of 52 bits again, for words of a and b below 2^61 and sums below R; shift 0 or 1.
    void (*_Nonnull shift_add)(uint64_t *_Nonnull out, const uint64_t *_Nonnull a, int shift,
                               const uint64_t *_Nonnull b, size_t limbs);

    /// Puts the words of eight rows into a block. Rows have `limbs` words, rounded up to a multiple of 8; so has the block.
    void (*_Nonnull gather)(uint64_t *_Nonnull block, const uint64_t *_Nonnull const *_Nonnull rows, size_t limbs);
    /// The other way round.
    void (*_Nonnull scatter)(uint64_t *_Nonnull const *_Nonnull rows, const uint64_t *_Nonnull block, size_t limbs);
    /// sums[l] += rows[l] + offset, word by word, `words` words each, a multiple of 8; sums lie one behind the other.
    void (*_Nonnull accumulate)(uint64_t *_Nonnull sums, const uint64_t *_Nonnull const *_Nonnull rows, size_t offset,
                                size_t words);
    /// Copies entry `index` of a table of entries of `words` words, a multiple of 8, reading every entry.
    void (*_Nonnull select)(uint64_t *_Nonnull out, const uint64_t *_Nonnull table, size_t entries, size_t index,
                            size_t words);
} cm_kernels;

/// For any processor.
const cm_kernels *_Nonnull cm_portable_kernels(void);

/// AVX-512 IFMA; null where the processor or the operating system lacks it.
const cm_kernels *_Nullable cm_ifma_kernels(void);

/// Asks for a row to be brought into the cache.
static inline void cm_prefetch(const uint64_t *_Nonnull row, size_t words) {
    for (size_t i = 0; i < words; i += 8) __builtin_prefetch(row + i);
}

/// Repacks a number of 64-bit words as limbs of 52 bits; what does not fit is dropped.
void cm_limbs_from_words(uint64_t *_Nonnull limbs, size_t limb_count, const uint64_t *_Nonnull words, size_t word_count);

/// Repacks limbs of 52 bits as 64-bit words; what does not fit is dropped.
void cm_words_from_limbs(uint64_t *_Nonnull words, size_t word_count, const uint64_t *_Nonnull limbs, size_t limb_count);
