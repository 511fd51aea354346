// One text for every instruction set; the file that includes it defines FUSED(a, b, c) = a b + c and KERNELS_NAME.
#include "CKernels.h"
#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

// Vectors pass only between functions that are inlined, so how the ABI passes them does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))

enum { LANES = 16 };
typedef float vec __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int32_t ivec __attribute__((vector_size(4 * LANES), aligned(4)));
typedef uint32_t uvec __attribute__((vector_size(4 * LANES), aligned(4)));
typedef uint64_t wide __attribute__((vector_size(8 * LANES), aligned(4)));

INLINE vec all(float x) { return (vec){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
INLINE vec load(const float *p) { return *(const vec *)p; }
INLINE void store(float *p, vec x) { *(vec *)p = x; }
INLINE vec choose(ivec mask, vec yes, vec no) { return (vec)((mask & (ivec)yes) | (~mask & (ivec)no)); }
INLINE vec larger(vec x, vec y) { return __builtin_elementwise_max(x, y); }
INLINE vec root(vec x) { return __builtin_elementwise_sqrt(x); }

/// The first n lanes from memory, `rest` in the others.
INLINE vec load_first(const float *p, size_t n, float rest) {
    vec x = all(rest);
    memcpy(&x, p, n * sizeof(float));
    return x;
}

INLINE void store_first(float *p, size_t n, vec x) { memcpy(p, &x, n * sizeof(float)); }

// EACH runs its body for i = 0, 16, ...: the last time with fewer elements than lanes, through GET and PUT, which see `here`.
#define EACH(count, ...)                                             \
    do {                                                             \
        size_t i = 0;                                                \
        for (; i + LANES <= (count); i += LANES) {                   \
            enum { here = LANES };                                   \
            __VA_ARGS__                                              \
        }                                                            \
        if (i < (count)) {                                           \
            const size_t here = (count) - i;                         \
            __VA_ARGS__                                              \
        }                                                            \
    } while (0)
#define GET(p) (here == LANES ? load((p) + i) : load_first((p) + i, here, 0))
#define GET_OR(p, rest) (here == LANES ? load((p) + i) : load_first((p) + i, here, rest))
#define PUT(p, x) (here == LANES ? store((p) + i, x) : store_first((p) + i, here, x))

/// Halves onto halves: one fixed order.
INLINE float sum_lanes(vec x) {
    for (int half = LANES / 2; half; half /= 2)
        for (int k = 0; k < half; k++) x[k] += x[k + half];
    return x[0];
}

INLINE float largest_lane(vec x) {
    float out = x[0];
    for (int k = 1; k < LANES; k++) out = x[k] > out ? x[k] : out;
    return out;
}

/// e^x = 2^n e^r, |r| <= log(2) / 2, by the polynomial of Cephes' expf (S. Moshier).
INLINE vec exp_of(vec x) {
    // By comparisons, which leave NaN what it is: training that diverges must show.
    vec bounded = choose(x > all(88.3f), all(88.3f), x);
    bounded = choose(bounded < all(-87.3f), all(-87.3f), bounded);
    const vec magic = all(0x1.8p23f); // adding it rounds to an integer
    const vec shifted = FUSED(bounded, all(0x1.715476p0f), magic);
    const vec n = shifted - magic;
    vec r = FUSED(n, all(-0x1.63p-1f), bounded);
    r = FUSED(n, all(0x1.bd0106p-13f), r);
    vec p = all(1.9875691500e-4f);
    p = FUSED(p, r, all(1.3981999507e-3f));
    p = FUSED(p, r, all(8.3334519073e-3f));
    p = FUSED(p, r, all(4.1665795894e-2f));
    p = FUSED(p, r, all(1.6666665459e-1f));
    p = FUSED(p, r, all(5.0000001201e-1f));
    p = FUSED(p, r * r, r) + all(1);
    const vec power = (vec)(((ivec)shifted << 23) + (ivec)all(1));
    return choose(x < all(-87.3f), all(0), p * power);
}

static void exponential(const float *x, size_t count, float *out) { EACH(count, PUT(out, exp_of(GET(x)));); }

/// The largest of `count` elements, `count` > 0.
INLINE float largest_of(const float *x, size_t count) {
    vec top = all(-INFINITY);
    EACH(count, top = larger(top, GET_OR(x, -INFINITY)););
    return largest_lane(top);
}

static float take_scores(float *scores, size_t valid, size_t width, float scale, float *largest, float *sum) {
    const float top = fmaxf(*largest, scale * largest_of(scores, valid));
    float factor = *largest - top;
    factor = exp_of(all(factor))[0];
    vec total = all(0);
    EACH(valid, const vec e = exp_of(FUSED(GET_OR(scores, -INFINITY), all(scale), all(-top))); total += e; PUT(scores, e););
    memset(scores + valid, 0, (width - valid) * sizeof(float));
    *sum = *sum * factor + sum_lanes(total);
    *largest = top;
    return factor;
}

static void return_scores(float *weights, float *gradients, size_t valid, size_t width, float scale, float lse, float mean) {
    EACH(valid, const vec p = exp_of(FUSED(GET(weights), all(scale), all(-lse)));
         PUT(gradients, all(scale) * p * (GET(gradients) - all(mean))); PUT(weights, p););
    memset(weights + valid, 0, (width - valid) * sizeof(float));
    memset(gradients + valid, 0, (width - valid) * sizeof(float));
}

static void scale(const float *x, size_t count, float a, float *out) { EACH(count, PUT(out, GET(x) * all(a));); }

static void add(const float *x, const float *y, size_t count, float *out) { EACH(count, PUT(out, GET(x) + GET(y));); }

static void add_scaled(const float *x, size_t count, float a, float *out) {
    EACH(count, PUT(out, FUSED(GET(x), all(a), GET(out))););
}

static float dot(const float *x, const float *y, size_t count) {
    vec total = all(0);
    EACH(count, total = FUSED(GET(x), GET(y), total););
    return sum_lanes(total);
}

/// 2 sqrt(2 / pi), and the cubic term's part of it.
#define GELU_SLOPE 1.5957691216f
#define GELU_CUBIC 0.0713548163f

/// s(2 u) of GELU.
INLINE vec gelu_gate(vec x) {
    const vec twice = x * FUSED(x * x, all(GELU_CUBIC), all(GELU_SLOPE));
    return all(1) / (all(1) + exp_of(-twice));
}

static void gelu(const float *x, size_t count, float *out) {
    EACH(count, const vec a = GET(x); PUT(out, a * gelu_gate(a)););
}

static void gelu_gradient(const float *x, const float *gradient, size_t count, float *out) {
    EACH(count, const vec a = GET(x); const vec s = gelu_gate(a);
         const vec slope = FUSED(a * a, all(3 * GELU_CUBIC), all(GELU_SLOPE));
         PUT(out, GET(gradient) * FUSED(a * s * (all(1) - s), slope, s)););
}

static void normalize(const float *x, const float *gain, const float *bias, size_t count, float epsilon, float *out,
                      float *statistics) {
    vec total = all(0);
    EACH(count, total += GET(x););
    const float mean = sum_lanes(total) / (float)count;
    vec squares = all(0);
    // Lanes beyond the row hold the mean, and so add nothing.
    EACH(count, const vec c = GET_OR(x, mean) - all(mean); squares = FUSED(c, c, squares););
    const float inverse = 1 / sqrtf(sum_lanes(squares) / (float)count + epsilon);
    EACH(count, PUT(out, FUSED((GET(x) - all(mean)) * all(inverse), GET(gain), GET(bias))););
    statistics[0] = mean;
    statistics[1] = inverse;
}

static void normalize_gradient(const float *x, const float *gain, const float *gradient, const float *statistics, size_t count,
                               float *out, float *gain_gradient, float *bias_gradient) {
    const vec mean = all(statistics[0]), inverse = all(statistics[1]);
    vec plain = all(0), along = all(0);
    EACH(count, const vec g = GET(gradient); const vec y = (GET(x) - mean) * inverse; const vec inner = g * GET(gain);
         plain += inner; along = FUSED(inner, y, along); PUT(gain_gradient, FUSED(g, y, GET(gain_gradient)));
         PUT(bias_gradient, GET(bias_gradient) + g););
    const vec mean_plain = all(sum_lanes(plain) / (float)count), mean_along = all(sum_lanes(along) / (float)count);
    EACH(count, const vec y = (GET(x) - mean) * inverse;
         PUT(out, inverse * (GET(gradient) * GET(gain) - FUSED(y, mean_along, mean_plain))););
}

/// Sixteen blocks of Philox, one a lane.
INLINE void philox(uvec words[4], uint64_t seed) {
    uint32_t low = (uint32_t)seed, high = (uint32_t)(seed >> 32);
    for (int round = 0; round < 10; round++, low += 0x9E3779B9, high += 0xBB67AE85) {
        const wide left = __builtin_convertvector(words[0], wide) * 0xD2511F53u;
        const wide right = __builtin_convertvector(words[2], wide) * 0xCD9E8D57u;
        words[0] = __builtin_convertvector(right >> 32, uvec) ^ words[1] ^ low;
        words[2] = __builtin_convertvector(left >> 32, uvec) ^ words[3] ^ high;
        words[1] = __builtin_convertvector(right, uvec);
        words[3] = __builtin_convertvector(left, uvec);
    }
}

/// The factors of 64 elements from a multiple of 64 on, in their order: element 4 l + w has word w of lane l.
INLINE void dropout_factors(vec factors[4], uint64_t start, const ck_dropout *mask) {
    const uvec lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, zero = {0};
    // start / 4 is a multiple of 16: no lane carries into the high half.
    uvec words[4] = {lane + (uint32_t)(start / 4), zero + (uint32_t)(start / 4 >> 32), zero + mask->step, zero + mask->layer};
    philox(words, mask->seed);
    vec of[4];
    for (int w = 0; w < 4; w++) of[w] = choose((ivec)(words[w] >= zero + mask->threshold), all(mask->factor), all(0));
    const vec low01 = __builtin_shufflevector(of[0], of[1], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const vec low23 = __builtin_shufflevector(of[2], of[3], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const vec high01 = __builtin_shufflevector(of[0], of[1], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const vec high23 = __builtin_shufflevector(of[2], of[3], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    factors[0] = __builtin_shufflevector(low01, low23, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
    factors[1] = __builtin_shufflevector(low01, low23, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
    factors[2] = __builtin_shufflevector(high01, high23, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
    factors[3] = __builtin_shufflevector(high01, high23, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}

/// A dropped element is 0 whatever it was.
INLINE vec dropped(vec x, vec factor) { return choose(factor == all(0), all(0), factor * x); }

static void drop_out(const float *x, size_t count, uint64_t first, const ck_dropout *mask, float *out) {
    enum { BLOCK = 4 * LANES };
    const uint64_t end = first + count;
    for (uint64_t start = first / BLOCK * BLOCK; start < end; start += BLOCK) {
        vec factors[4];
        dropout_factors(factors, start, mask);
        const uint64_t from = start < first ? first : start, to = start + BLOCK < end ? start + BLOCK : end;
        if (to - from == BLOCK) {
            for (int k = 0; k < 4; k++) {
                const size_t i = start - first + (size_t)k * LANES;
                store(out + i, dropped(load(x + i), factors[k]));
            }
        } else {
            float part[BLOCK] = {0};
            memcpy(part + (from - start), x + (from - first), (to - from) * sizeof(float));
            for (int k = 0; k < 4; k++) store(part + k * LANES, dropped(load(part + k * LANES), factors[k]));
            memcpy(out + (from - first), part + (from - start), (to - from) * sizeof(float));
        }
    }
}

static float sum_exponentials(const float *x, size_t count, float *sum) {
    const float top = largest_of(x, count);
    vec total = all(0);
    EACH(count, total += exp_of(GET_OR(x, -INFINITY) - all(top)););
    *sum = sum_lanes(total);
    return top;
}

static void softmax(const float *x, size_t count, float lse, float factor, float *out) {
    EACH(count, PUT(out, all(factor) * exp_of(GET(x) - all(lse))););
}

static void momentum(float *w, const float *g, float *v, size_t count, float rate, float kept, float shrink) {
    EACH(count, const vec speed = FUSED(all(kept), GET(v), GET(g)); PUT(v, speed);
         PUT(w, FUSED(all(-rate), speed, all(shrink) * GET(w))););
}

static void adagrad(float *w, const float *g, float *s, size_t count, float rate, float epsilon) {
    EACH(count, const vec slope = GET(g); const vec squares = FUSED(slope, slope, GET(s)); PUT(s, squares);
         PUT(w, GET(w) - all(rate) * slope / (root(squares) + all(epsilon))););
}

static void adam(float *w, const float *g, float *m, float *v, size_t count, const ck_adam *n) {
    EACH(count, const vec slope = GET(g); const vec mean = FUSED(all(n->kept1), GET(m), all(n->fresh1) * slope);
         const vec square = FUSED(all(n->kept2), GET(v), all(n->fresh2) * (slope * slope)); PUT(m, mean); PUT(v, square);
         PUT(w, all(n->shrink) * GET(w) - all(n->size) * mean / FUSED(all(n->root), root(square), all(n->epsilon))););
}

static const ck_kernels kernels = {
    KERNELS_NAME, exponential,   take_scores, return_scores,      scale,    add,     add_scaled,       dot,     gelu,
    gelu_gradient, normalize, normalize_gradient, drop_out, sum_exponentials, softmax, momentum, adagrad, adam,
};
