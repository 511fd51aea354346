#pragma once
#include <stddef.h>
#include <stdint.h>

// What a transformer computes element by element: exponentials of attention's tiles, activations, norms, dropout, losses and
// optimisers. Products of matrices are not here.
//
// Rows
//   What is done to a row depends on that row alone, and its last elements go through the same instructions as the others: a
//   vector is filled up with zeros or minus infinities. So an element has the same bits wherever its row lies, and whichever
//   rows are computed with it. Vectors have sixteen lanes for every instruction set; a sum over a row is of sixteen partial
//   sums, which are then added in one fixed order.
//
// Overlaps
//   An output may be one of the inputs where it says so, else it overlaps none. Nothing need be aligned.
//
// Implementations differ from one another in the last bits, since one of them fuses multiplications and additions.

/// The numbers of Adam, made of its settings for one step.
typedef struct {
    /// beta1, 1 - beta1, beta2, 1 - beta2.
    float kept1, fresh1, kept2, fresh2;
    /// rate / (1 - beta1^t), 1 / sqrt(1 - beta2^t).
    float size, root;
    float epsilon;
    /// 1 - rate decay.
    float shrink;
} ck_adam;

/// Which elements a dropout keeps: the one at index i by word i mod 4 of Philox 4x32-10 (Salmon et al., SC 2011) at counter
/// (i / 4 in 64 bits, step, layer) under the key `seed`; words below `threshold` drop it.
typedef struct {
    uint64_t seed;
    uint32_t step, layer, threshold;
    /// What is kept is multiplied by it.
    float factor;
} ck_dropout;

/// One implementation of everything.
typedef struct {
    const char *_Nonnull name;

    /// out[i] = e^x[i], within 2e-7 of it relatively; below -87.3 it is 0, above 88.3 as at 88.3, of NaN NaN.
    /// out may be x.
    void (*_Nonnull exponential)(const float *_Nonnull x, size_t count, float *_Nonnull out);

    /// Takes the scores of one query with `valid` of `width` keys into an online softmax (Milakov, Gimelshein, 2018).
    ///
    /// scores[j] = e^(scale scores[j] - m') for the new largest value m', 0 from `valid` on; *sum becomes e^(m - m') sum plus
    /// theirs; *largest becomes m'. Returns e^(m - m'), by which what was gathered so far must be multiplied; before the
    /// first call, *largest is minus infinity and *sum 0. valid > 0.
    float (*_Nonnull take_scores)(float *_Nonnull scores, size_t valid, size_t width, float scale, float *_Nonnull largest,
                                  float *_Nonnull sum);

    /// The way back for one query: weights[j] = e^(scale weights[j] - lse), 0 from `valid` of `width` on, and
    /// gradients[j] = scale weights[j] (gradients[j] - mean).
    void (*_Nonnull return_scores)(float *_Nonnull weights, float *_Nonnull gradients, size_t valid, size_t width, float scale,
                                   float lse, float mean);

    /// out = a x. out may be x.
    void (*_Nonnull scale)(const float *_Nonnull x, size_t count, float a, float *_Nonnull out);
    /// out = x + y. out may be either.
    void (*_Nonnull add)(const float *_Nonnull x, const float *_Nonnull y, size_t count, float *_Nonnull out);
    /// out += a x.
    void (*_Nonnull add_scaled)(const float *_Nonnull x, size_t count, float a, float *_Nonnull out);
    /// The sum of x[i] y[i].
    float (*_Nonnull dot)(const float *_Nonnull x, const float *_Nonnull y, size_t count);

    /// out = x s(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3): GELU's tanh form, since 1 + tanh u = 2 s(2 u). out may be x.
    void (*_Nonnull gelu)(const float *_Nonnull x, size_t count, float *_Nonnull out);
    /// out = gradient times the derivative of `gelu` at x. out may be either.
    void (*_Nonnull gelu_gradient)(const float *_Nonnull x, const float *_Nonnull gradient, size_t count, float *_Nonnull out);

    /// One row of layer norm: out = gain (x - mean) / deviation + bias; statistics = {mean, 1 / deviation}. out may be x.
    void (*_Nonnull normalize)(const float *_Nonnull x, const float *_Nonnull gain, const float *_Nonnull bias, size_t count,
                               float epsilon, float *_Nonnull out, float *_Nonnull statistics);
    /// Its way back: out = the gradient of x; gain_gradient and bias_gradient gather. out may be x or gradient.
    void (*_Nonnull normalize_gradient)(const float *_Nonnull x, const float *_Nonnull gain, const float *_Nonnull gradient,
                                        const float *_Nonnull statistics, size_t count, float *_Nonnull out,
                                        float *_Nonnull gain_gradient, float *_Nonnull bias_gradient);

    /// out[i] = factor x[i] where the element at index first + i is kept, else 0. out may be x.
    void (*_Nonnull drop_out)(const float *_Nonnull x, size_t count, uint64_t first, const ck_dropout *_Nonnull mask,
                              float *_Nonnull out);

    /// The largest of a row; *sum = the sum of e^(x - largest). count > 0.
    float (*_Nonnull sum_exponentials)(const float *_Nonnull x, size_t count, float *_Nonnull sum);
    /// out[i] = factor e^(x[i] - lse). out may be x.
    void (*_Nonnull softmax)(const float *_Nonnull x, size_t count, float lse, float factor, float *_Nonnull out);

    /// v = momentum v + g; w = shrink w - rate v.
    void (*_Nonnull momentum)(float *_Nonnull w, const float *_Nonnull g, float *_Nonnull v, size_t count, float rate,
                              float momentum, float shrink);
    /// s += g^2; w -= rate g / (sqrt(s) + epsilon).
    void (*_Nonnull adagrad)(float *_Nonnull w, const float *_Nonnull g, float *_Nonnull s, size_t count, float rate,
                             float epsilon);
    /// m = kept1 m + fresh1 g; v = kept2 v + fresh2 g^2; w = shrink w - size m / (root sqrt(v) + epsilon).
    void (*_Nonnull adam)(float *_Nonnull w, const float *_Nonnull g, float *_Nonnull m, float *_Nonnull v, size_t count,
                          const ck_adam *_Nonnull numbers);
} ck_kernels;

/// For any processor.
const ck_kernels *_Nonnull ck_portable_kernels(void);
/// AVX2 and FMA; null where the processor or the operating system lacks them.
const ck_kernels *_Nullable ck_avx2_kernels(void);
/// AVX-512 F, DQ, BW and VL; null where the processor or the operating system lacks them.
const ck_kernels *_Nullable ck_avx512_kernels(void);
/// The fastest of these that runs here.
const ck_kernels *_Nonnull ck_best_kernels(void);
