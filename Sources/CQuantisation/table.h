// The table of an implementation. Before it, KERNELS_NAME is defined.

static const cq_kernels kernels = {
    KERNELS_NAME, assign, accumulate, products, distances, row_products, row_distances, scan, ranked, above,
};
