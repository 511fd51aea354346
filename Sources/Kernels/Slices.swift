package import CKernels

/// Numbers that a kernel reads: a slice of an arena, its extent given by the kernel's sizes.
public typealias InputSlice = UnsafePointer<Float>

/// Numbers that a kernel writes, or adds to where it says so.
public typealias OutputSlice = UnsafeMutablePointer<Float>

/// Indices that a kernel reads.
public typealias IndexSlice = UnsafePointer<Int32>

/// The vector code of this processor, found out once in a process.
// unsafe: a constant table of functions, which keep nothing between calls
package nonisolated(unsafe) let vectorKernels: ck_kernels = ck_best_kernels().pointee

/// Which instructions the vector code of this process uses: `avx512`, `avx2` or `portable`.
public var instructionSet: String { String(cString: vectorKernels.name) }
