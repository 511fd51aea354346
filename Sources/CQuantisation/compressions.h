// What selection keeps, sixteen elements at a time, AVX-512. Registers are compressed and then stored whole: compressing into memory
// is slow on some processors.

/// Lanes that hold elements, of `count` > 0 that are left.
INLINE __mmask16 present(size_t count) { return count >= LANES ? 0xffff : (__mmask16)((1u << count) - 1); }

/// Writes the elements from `low` to `high` to `out`, which may be x.
INLINE size_t keep_between(const float *x, size_t count, float low, float high, float *out) {
    const __m512 lows = _mm512_set1_ps(low), highs = _mm512_set1_ps(high);
    size_t kept = 0;
    for (size_t i = 0; i < count; i += LANES) {
        const __mmask16 here = present(count - i);
        const __m512 elements = _mm512_maskz_loadu_ps(here, x + i);
        const __mmask16 least = _mm512_mask_cmp_ps_mask(here, elements, lows, _CMP_GE_OQ);
        const __mmask16 mask = _mm512_mask_cmp_ps_mask(least, elements, highs, _CMP_LE_OQ);
        // kept <= i: what is written beyond them is inside the elements that have been read.
        _mm512_mask_storeu_ps(out + kept, here, _mm512_maskz_compress_ps(mask, elements));
        kept += (size_t)__builtin_popcount(mask);
    }
    return kept;
}

static size_t above(const float *x, size_t count, float bound, size_t ties, uint32_t base, uint32_t *indices, size_t room) {
    const __m512 bounds = _mm512_set1_ps(bound);
    __m512i index = _mm512_add_epi32(_mm512_set1_epi32((int32_t)base),
                                     _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    size_t written = 0;
    for (size_t i = 0; i < count && written < room; i += LANES, index = _mm512_add_epi32(index, _mm512_set1_epi32(LANES))) {
        const __mmask16 here = present(count - i);
        const __m512 elements = _mm512_maskz_loadu_ps(here, x + i);
        __mmask16 mask = _mm512_mask_cmp_ps_mask(here, elements, bounds, _CMP_GT_OQ);
        if (ties) {
            unsigned equal = _mm512_mask_cmp_ps_mask(here, elements, bounds, _CMP_EQ_OQ);
            for (; equal && ties; equal &= equal - 1, ties--) mask |= (__mmask16)(equal & -equal);
        }
        const size_t found = (size_t)__builtin_popcount(mask);
        const __m512i chosen = _mm512_maskz_compress_epi32(mask, index);
        if (room - written >= LANES) _mm512_storeu_si512(indices + written, chosen);
        else _mm512_mask_storeu_epi32(indices + written, (__mmask16)((1u << found) - 1), chosen);
        written += found;
    }
    return written;
}
