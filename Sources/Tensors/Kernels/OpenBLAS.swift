import COpenBLAS

/// What holds for every call of OpenBLAS.
enum OpenBLAS {
    /// Threads belong to the caller, who works on several batches or parties at once; so OpenBLAS uses none of its own.
    static let singleThreaded: Void = openblas_set_num_threads(1)
}
