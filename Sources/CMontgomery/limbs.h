#pragma once
#include "CMontgomery.h"

// What both implementations share.

enum { LIMB_BITS = 52, LANES = CM_LANES, MAX_LIMBS = CM_MAX_LIMBS };

#define LIMB_MASK ((UINT64_C(1) << LIMB_BITS) - 1)
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/// Words of a row: limbs rounded up to whole vectors.
ALWAYS_INLINE size_t padded(size_t limbs) { return (limbs + LANES - 1) / LANES * LANES; }
