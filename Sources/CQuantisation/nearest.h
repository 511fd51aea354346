// Nearest centroids, sums of clusters, tables, and products and distances of rows. Before it, KEY_VECTORS is defined: how many
// vectors of sixteen keys are assigned at once.

INLINE vec interleave_low(vec a, vec b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
INLINE vec interleave_high(vec a, vec b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/// Element d of `count` <= 16 rows side by side, for `width` elements; zeros for rows that are missing.
INLINE void columns(const float *rows, size_t stride, size_t count, size_t width, vec *out) {
    for (size_t start = 0; start < width; start += LANES) {
        const size_t here = width - start < LANES ? width - start : LANES;
        vec x[LANES], y[LANES];
        for (size_t i = 0; i < LANES; i++) {
            const float *row = rows + i * stride + start;
            x[i] = i >= count ? all(0) : here == LANES ? load(row) : load_first(row, here, 0);
        }
        // Four interleavings of row i with row i + 8 transpose sixteen rows.
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < LANES / 2; i++) {
                y[2 * i] = interleave_low(x[i], x[i + LANES / 2]);
                y[2 * i + 1] = interleave_high(x[i], x[i + LANES / 2]);
            }
            for (int i = 0; i < LANES / 2; i++) {
                x[2 * i] = interleave_low(y[i], y[i + LANES / 2]);
                x[2 * i + 1] = interleave_high(y[i], y[i + LANES / 2]);
            }
        }
        for (size_t i = 0; i < here; i++) out[start + i] = x[i];
    }
}

INLINE vec add_square(vec difference, vec sum) { return FUSED(difference, difference, sum); }

enum { TILE = 4 };

/// Sixteen keys a vector, TILE centroids at a time.
static void assign_many(const float *rows, size_t stride, size_t count, const float *lanes, size_t centroids, size_t width,
                        uint8_t *codes, float *distances) {
    vec x[KEY_VECTORS][CQ_LARGEST_WIDTH], least[KEY_VECTORS];
    ivec index[KEY_VECTORS];
    for (size_t v = 0; v < KEY_VECTORS; v++) {
        const size_t start = v * LANES < count ? v * LANES : count;
        columns(rows + start * stride, stride, count - start < LANES ? count - start : LANES, width, x[v]);
        least[v] = all(INFINITY);
        index[v] = (ivec){0};
    }
    for (size_t c = 0; c < centroids; c += TILE) {
        const float *tile = lanes + c / LANES * LANES * width + c % LANES;
        vec sums[TILE][KEY_VECTORS];
        for (int t = 0; t < TILE; t++)
            for (int v = 0; v < KEY_VECTORS; v++) sums[t][v] = all(0);
        for (size_t d = 0; d < width; d++) {
            for (int t = 0; t < TILE; t++) {
                const vec centroid = all(tile[d * LANES + (size_t)t]);
                for (int v = 0; v < KEY_VECTORS; v++) sums[t][v] = add_square(x[v][d] - centroid, sums[t][v]);
            }
        }
        for (int t = 0; t < TILE; t++) {
            const ivec number = (ivec){0} + (int32_t)(c + (size_t)t);
            for (int v = 0; v < KEY_VECTORS; v++) {
                const ivec nearer = sums[t][v] < least[v];
                least[v] = choose(nearer, sums[t][v], least[v]);
                index[v] = choose_index(nearer, number, index[v]);
            }
        }
    }
    for (size_t v = 0; v < KEY_VECTORS && v * LANES < count; v++) {
        const size_t here = count - v * LANES < LANES ? count - v * LANES : LANES;
        const bytes narrow = __builtin_convertvector(index[v], bytes);
        memcpy(codes + v * LANES, &narrow, here);
        if (distances) store_first(distances + v * LANES, here, least[v]);
    }
}

/// Sixteen centroids a vector: what is computed for a key and a centroid, and in which order, is as above.
INLINE void assign_one(const float *row, const float *lanes, size_t centroids, size_t width, uint8_t *code, float *distance) {
    vec least = all(INFINITY);
    ivec index = {0};
    const ivec lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    for (size_t c = 0; c < centroids; c += TILE * LANES) {
        const float *tile = lanes + c * width;
        const size_t here = centroids - c < TILE * LANES ? (centroids - c + LANES - 1) / LANES : TILE;
        vec sums[TILE] = {all(0), all(0), all(0), all(0)};
        for (size_t d = 0; d < width; d++) {
            const vec x = all(row[d]);
            if (here == TILE) {
                for (size_t t = 0; t < TILE; t++) sums[t] = add_square(x - load(tile + (t * width + d) * LANES), sums[t]);
            } else {
                for (size_t t = 0; t < here; t++) sums[t] = add_square(x - load(tile + (t * width + d) * LANES), sums[t]);
            }
        }
        for (size_t t = 0; t < here; t++) {
            const ivec nearer = sums[t] < least;
            least = choose(nearer, sums[t], least);
            index = choose_index(nearer, lane + (int32_t)(c + t * LANES), index);
        }
    }
    float best = least[0];
    int32_t at = index[0];
    for (int k = 1; k < LANES; k++) {
        const int nearer = least[k] < best || (least[k] == best && index[k] < at);
        best = nearer ? least[k] : best;
        at = nearer ? index[k] : at;
    }
    *code = (uint8_t)at;
    if (distance) *distance = best;
}

/// From so many keys on, those of a vector that is not full are cheaper together.
enum { FEW = 5 };

static void assign(const float *rows, size_t stride, size_t count, const float *lanes, size_t centroids, size_t width,
                   uint8_t *codes, float *distances) {
    size_t i = 0;
    for (; count - i >= FEW; ) {
        const size_t here = count - i < KEY_VECTORS * LANES ? count - i : KEY_VECTORS * LANES;
        assign_many(rows + i * stride, stride, here, lanes, centroids, width, codes + i, distances ? distances + i : NULL);
        i += here;
    }
    for (; i < count; i++)
        assign_one(rows + i * stride, lanes, centroids, width, codes + i, distances ? distances + i : NULL);
}

static void accumulate(const float *rows, size_t stride, size_t count, const uint8_t *codes, const float *weights,
                       const float *centroids, size_t width, float *sums, double *masses, uint32_t *counts) {
    for (size_t i = 0; i < count; i++) {
        const float *x = rows + i * stride, *c = centroids + codes[i] * width;
        float *sum = sums + codes[i] * width;
        size_t d = 0;
        for (; d + LANES <= width; d += LANES) store(sum + d, load(sum + d) + all(weights[i]) * (load(x + d) - load(c + d)));
        for (; d < width; d++) sum[d] += weights[i] * (x[d] - c[d]);
        masses[codes[i]] += weights[i];
        counts[codes[i]]++;
    }
}

/// A term of an inner product, or of a squared distance.
INLINE vec add_term(int squared, vec a, vec b, vec sum) { return squared ? add_square(a - b, sum) : FUSED(a, b, sum); }

INLINE void table_of(int squared, const float *query, const float *lanes, size_t centroids, size_t width, float *table) {
    for (size_t c = 0; c < centroids; c += LANES) {
        vec sum = all(0);
        for (size_t d = 0; d < width; d++) sum = add_term(squared, all(query[d]), load(lanes + c * width + d * LANES), sum);
        store_first(table + c, centroids - c, sum);
    }
}

static void products(const float *query, const float *lanes, size_t centroids, size_t width, float *table) {
    table_of(0, query, lanes, centroids, width, table);
}

static void distances(const float *query, const float *lanes, size_t centroids, size_t width, float *table) {
    table_of(1, query, lanes, centroids, width, table);
}

INLINE void score_rows(int squared, const float *query, const float *rows, size_t stride, size_t count, size_t subspaces,
                       size_t width, float *scores) {
    vec x[CQ_LARGEST_WIDTH];
    for (size_t i = 0; i < count; i += LANES) {
        vec total = all(0);
        for (size_t j = 0; j < subspaces; j++) {
            columns(rows + i * stride + j * width, stride, count - i < LANES ? count - i : LANES, width, x);
            vec sum = all(0);
            for (size_t d = 0; d < width; d++) sum = add_term(squared, all(query[j * width + d]), x[d], sum);
            total = j ? total + sum : sum;
        }
        store_first(scores + i, count - i, total);
    }
}

static void row_products(const float *query, const float *rows, size_t stride, size_t count, size_t subspaces, size_t width,
                         float *scores) {
    score_rows(0, query, rows, stride, count, subspaces, width, scores);
}

static void row_distances(const float *query, const float *rows, size_t stride, size_t count, size_t subspaces, size_t width,
                          float *scores) {
    score_rows(1, query, rows, stride, count, subspaces, width, scores);
}
