// Scores by tables in registers: one permutation looks sixteen codes up among 32 entries, AVX-512.

INLINE __m512 entries(const float *table, int k) { return _mm512_loadu_ps(table + k * LANES); }

/// Entries of a table of 2^bits floats; codes have nothing above the bits, which are known when it is compiled.
INLINE __m512 look_up(const float *table, unsigned bits, __m512i codes) {
    if (bits <= 4) {
        const __mmask16 present = (__mmask16)((1u << (1u << bits)) - 1);
        return _mm512_permutexvar_ps(codes, _mm512_maskz_loadu_ps(present, table));
    }
    __m512 part[8];
    const int parts = 1 << (bits - 5);
    for (int p = 0; p < parts; p++) part[p] = _mm512_permutex2var_ps(entries(table, 2 * p), codes, entries(table, 2 * p + 1));
    for (int half = 1, bit = 32; half < parts; half *= 2, bit *= 2) {
        const __mmask16 upper = _mm512_test_epi32_mask(codes, _mm512_set1_epi32(bit));
        for (int p = 0; p < parts; p += 2 * half) part[p] = _mm512_mask_blend_ps(upper, part[p], part[p + half]);
    }
    return part[0];
}

INLINE void scan_bits(const float *table, unsigned bits, size_t subspaces, const uint8_t *codes, float *scores) {
    const __m512i used = _mm512_set1_epi32((1 << bits) - 1);
    __m512 total[CQ_BLOCK / LANES];
    for (size_t j = 0; j < subspaces; j++, codes += CQ_BLOCK, table += (size_t)1 << bits) {
        for (int v = 0; v < CQ_BLOCK / LANES; v++) {
            const __m512i wide = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(codes + v * LANES)));
            const __m512 entry = look_up(table, bits, _mm512_and_si512(wide, used));
            total[v] = j ? _mm512_add_ps(total[v], entry) : entry;
        }
    }
    for (int v = 0; v < CQ_BLOCK / LANES; v++) _mm512_storeu_ps(scores + v * LANES, total[v]);
}

/// Scores of the 64 keys of a block.
INLINE void scan_block(const float *table, unsigned bits, size_t subspaces, const uint8_t *codes, float *scores) {
    switch (bits) {
        case 1: scan_bits(table, 1, subspaces, codes, scores); break;
        case 2: scan_bits(table, 2, subspaces, codes, scores); break;
        case 3: scan_bits(table, 3, subspaces, codes, scores); break;
        case 4: scan_bits(table, 4, subspaces, codes, scores); break;
        case 5: scan_bits(table, 5, subspaces, codes, scores); break;
        case 6: scan_bits(table, 6, subspaces, codes, scores); break;
        case 7: scan_bits(table, 7, subspaces, codes, scores); break;
        default: scan_bits(table, 8, subspaces, codes, scores); break;
    }
}
