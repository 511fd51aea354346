// One text for every instruction set, this one, nearest.h, scan.h, selection.h and table.h. Before it, FUSED(a, b, c) = a b + c is
// defined; each of the others says what it needs.
#include "CQuantisation.h"
#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

// Vectors pass only between functions that are inlined, so how the ABI passes them does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))

enum { LANES = 16 };
typedef float vec __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int32_t ivec __attribute__((vector_size(4 * LANES), aligned(4)));
typedef uint8_t bytes __attribute__((vector_size(LANES), aligned(1)));

INLINE vec all(float x) { return (vec){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
INLINE vec load(const float *p) { return *(const vec *)p; }
INLINE void store(float *p, vec x) { *(vec *)p = x; }
INLINE vec choose(ivec mask, vec yes, vec no) { return (vec)((mask & (ivec)yes) | (~mask & (ivec)no)); }
INLINE ivec choose_index(ivec mask, ivec yes, ivec no) { return (mask & yes) | (~mask & no); }

INLINE vec load_first(const float *p, size_t n, float rest) {
    vec x = all(rest);
    memcpy(&x, p, n * sizeof(float));
    return x;
}

INLINE void store_first(float *p, size_t n, vec x) {
    if (n >= LANES) store(p, x);
    else memcpy(p, &x, n * sizeof(float));
}

INLINE int32_t sum_lanes(ivec x) {
    for (int half = LANES / 2; half; half /= 2)
        for (int k = 0; k < half; k++) x[k] += x[k + half];
    return x[0];
}
