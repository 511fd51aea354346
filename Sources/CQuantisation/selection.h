// The element at a rank. Before it, `keep_between` and `above` are defined.

/// How many elements are above `high`, and how many from `low` to `high`.
INLINE void count_between(const float *x, size_t count, float low, float high, size_t *above_high, size_t *between) {
    ivec larger = {0}, least = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const vec here = load(x + i);
        larger -= here > all(high);
        least -= here >= all(low);
    }
    size_t over = (size_t)sum_lanes(larger), from = (size_t)sum_lanes(least);
    for (; i < count; i++) {
        over += x[i] > high;
        from += x[i] >= low;
    }
    *above_high = over;
    *between = from - over;
}

enum { SAMPLE = 64 };

/// A sample of x in descending order.
INLINE void sorted_sample(const float *x, size_t count, float *sorted) {
    float sample[SAMPLE];
    for (size_t i = 0; i < SAMPLE; i++) sample[i] = x[i * count / SAMPLE];
    for (size_t i = 0; i < SAMPLE; i++) {
        const vec own = all(sample[i]);
        const ivec lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        ivec before = {0};
        for (int v = 0; v < SAMPLE; v += LANES) {
            const vec other = load(sample + v);
            before -= (other > own) | ((other == own) & (lane + v < (ivec){0} + (int32_t)i));
        }
        sorted[sum_lanes(before)] = sample[i];
    }
}

/// The element at `rank` of at most SAMPLE ones.
INLINE float ranked_of_few(const float *x, size_t count, size_t rank, size_t *ties) {
    for (size_t i = 0;; i++) {
        size_t over, equal;
        count_between(x, count, x[i], x[i], &over, &equal);
        if (over <= rank && rank < over + equal) {
            *ties = rank - over + 1;
            return x[i];
        }
    }
}

/// Selection after Floyd and Rivest (CACM 18, 1975): two elements of a sample that lie around the rank bound what is kept.
static float ranked(const float *x, size_t count, size_t rank, float *scratch, size_t *ties) {
    while (count > SAMPLE) {
        float sample[SAMPLE];
        sorted_sample(x, count, sample);
        const float place = (float)rank / (float)count;
        const float margin = 2.5f * sqrtf(SAMPLE * place * (1 - place)) + 1;
        const float first = SAMPLE * place - margin, last = SAMPLE * place + margin;
        float high = first < 0 ? INFINITY : sample[(size_t)first];
        float low = last >= SAMPLE ? -INFINITY : sample[(size_t)last];
        size_t over, between;
        count_between(x, count, low, high, &over, &between);
        if (between > count / 2 && low < high) {
            // Many are equal: one of them alone, so that its equals leave.
            low = high = sample[(size_t)(SAMPLE * place)];
            count_between(x, count, low, high, &over, &between);
        }
        if (rank < over) {
            low = nextafterf(high, INFINITY);
            high = INFINITY;
        } else if (rank >= over + between) {
            rank -= over + between;
            high = nextafterf(low, -INFINITY);
            low = -INFINITY;
        } else if (low == high) {
            *ties = rank - over + 1;
            return low;
        } else {
            rank -= over;
        }
        count = keep_between(x, count, low, high, scratch);
        x = scratch;
    }
    return ranked_of_few(x, count, rank, ties);
}
