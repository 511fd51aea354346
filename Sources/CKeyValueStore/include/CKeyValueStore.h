#pragma once
#include <stddef.h>
#include <stdint.h>

// A key-value store as a random band matrix over GF(2): each key stands for a linear equation in the store's slots.
//
// Representation
//   A *store* has m slots, each with an element of 1 or 2 words of 64 bits (`words`), low word first, one behind the other.
//   A *row* says which slots add up (exclusive or) to a key's value: slot start + j where bit j of its band is set, bit
//   j % 64 of word j / 64. Rows may come in any order; sorted by start they find their slots in the cache. Row r belongs to
//   the value at place `rows[r].origin`: element values[words * origin] and, of two words, the next one.
//   An *equation* is a row that was moved to its first 1: 4 words for each slot, bit j for the slot j places on. Bit 0 is
//   set, unless the slot is free: then all words are 0.
//
// Bounds
//   Every start is at most m - 256, so a row's last slot is m - 1 at most. A row keeps that property in elimination: what is
//   added to it ends at m - 1 too, and moving it to its first 1 leaves where it ends. Kernels read whole bands, also where a
//   band's last bits are 0: `substitute` is therefore given 255 further elements, `decode` needs none.
//
// Timing
//   `substitute` and `decode` do the same for every band: bits select by masks. Their addresses follow the starts and the
//   order of rows; `substitute` branches on which slots are free. `kv_eliminate` branches and reads as the bands say. All of
//   it concerns keys that the caller holds, never values: no instruction and no address depends on those.
//
// All functions of a `kv_kernels` give the same bits as those of another one.

/// Bits of a band.
#define KV_BAND 256
/// Words of a band.
#define KV_BAND_WORDS 4

/// A key's equation.
typedef struct {
    uint64_t band[KV_BAND_WORDS];
    /// The slot of bit 0; at most m - 256.
    uint32_t start;
    /// The place of the key among all keys.
    uint32_t origin;
} kv_row;

/// Brings rows into echelon form: a row takes the first slot that it has a 1 for, if that is free; otherwise the equation there
/// is added to it, and it tries again. (Dietzfelbinger and Walzer, ESA 2019.)
///
/// - store: m elements, zero at first; afterwards the right-hand side of each slot's equation.
/// - equations: m equations, zero at first.
/// - values: one element for each origin.
/// - words: 1 or 2.
/// - Returns: How many rows found a slot: `count`, unless a row turned out to depend on those before it.
size_t kv_eliminate(uint64_t *_Nonnull store, uint64_t *_Nonnull equations, const kv_row *_Nonnull rows, size_t count,
                    const uint64_t *_Nonnull values, size_t words);

/// One implementation of what goes through whole bands.
typedef struct {
    /// Solves the equations that `kv_eliminate` made, from the last slot to the first.
    ///
    /// - store: m elements, then 255 of any value.
    /// - free_values: what free slots get, one element each, the last free slot first.
    void (*_Nonnull substitute)(uint64_t *_Nonnull store, const uint64_t *_Nonnull equations, size_t slots,
                                const uint64_t *_Nonnull free_values, size_t words);
    /// Writes for each row the sum of its slots to its origin's place in `out`.
    void (*_Nonnull decode)(uint64_t *_Nonnull out, const uint64_t *_Nonnull store, const kv_row *_Nonnull rows,
                            size_t count, size_t words);
} kv_kernels;

/// For any processor.
const kv_kernels *_Nonnull kv_portable_kernels(void);

/// AVX-512 (F, DQ, BW, VL) with BMI2; null where the processor or the operating system lacks it.
const kv_kernels *_Nullable kv_avx512_kernels(void);
