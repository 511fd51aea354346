import CQuantisation

/// The implementation for this processor, found out once in a process.
// unsafe: a constant table of functions, which keep nothing between calls
nonisolated(unsafe) let kernels: cq_kernels = cq_best_kernels().pointee

/// Which instructions codes and scores are computed with: `avx512`, `avx2` or `portable`.
public var quantisationInstructionSet: String { String(cString: kernels.name) }
