// A block's scores by one look-up for each key. Before it, `look_up(table, codes)` is defined: sixteen entries of a table.

/// Scores of the 64 keys of a block.
INLINE void scan_block(const float *table, unsigned bits, size_t subspaces, const uint8_t *codes, float *scores) {
    const ivec used = (ivec){0} + (1 << bits) - 1;
    for (int v = 0; v < CQ_BLOCK / LANES; v++) {
        vec total = all(0);
        for (size_t j = 0; j < subspaces; j++) {
            const ivec code = __builtin_convertvector(*(const bytes *)(codes + j * CQ_BLOCK + v * LANES), ivec) & used;
            const vec entry = look_up(table + (j << bits), code);
            total = j ? total + entry : entry;
        }
        store(scores + v * LANES, total);
    }
}
