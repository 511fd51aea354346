// Scores of codes. Before it, `scan_block` is defined.

/// A block of which not all scores are wanted.
INLINE void scan_part(const float *table, unsigned bits, size_t subspaces, const uint8_t *codes, size_t from, size_t to,
                      float *scores) {
    float whole[CQ_BLOCK];
    scan_block(table, bits, subspaces, codes, whole);
    memcpy(scores, whole + from, (to - from) * sizeof(float));
}

INLINE void scan_any(const float *table, unsigned bits, size_t subspaces, const uint8_t *codes, size_t first, size_t count,
                     float *scores) {
    const size_t end = first + count, size = CQ_BLOCK * subspaces;
    codes += first / CQ_BLOCK * size;
    for (size_t start = first / CQ_BLOCK * CQ_BLOCK; start < end; start += CQ_BLOCK, codes += size) {
        const size_t from = start < first ? first - start : 0, to = end - start < CQ_BLOCK ? end - start : CQ_BLOCK;
        float *out = scores + (start + from - first);
        if (to - from == CQ_BLOCK) scan_block(table, bits, subspaces, codes, out);
        else scan_part(table, bits, subspaces, codes, from, to, out);
    }
}

static void scan(const float *table, unsigned bits, size_t subspaces, const uint8_t *codes, size_t first, size_t count,
                 float *scores) {
    // With constants, table and sums stay in registers.
    if (bits == 6 && subspaces == 2) scan_any(table, 6, 2, codes, first, count, scores);
    else if (bits == 6) scan_any(table, 6, subspaces, codes, first, count, scores);
    else scan_any(table, bits, subspaces, codes, first, count, scores);
}
