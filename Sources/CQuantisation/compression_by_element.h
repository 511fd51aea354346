// What selection keeps, element by element.

/// Writes the elements from `low` to `high` to `out`, which may be x.
INLINE size_t keep_between(const float *x, size_t count, float low, float high, float *out) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const float here = x[i];
        out[kept] = here;
        kept += (here >= low) & (here <= high);
    }
    return kept;
}

static size_t above(const float *x, size_t count, float bound, size_t ties, uint32_t base, uint32_t *indices, size_t room) {
    size_t written = 0;
    for (size_t i = 0; i < count && written < room; i++) {
        const size_t equal = (x[i] == bound) & (ties > 0);
        indices[written] = base + (uint32_t)i;
        written += (x[i] > bound) | equal;
        ties -= equal;
    }
    return written;
}
