/// Elements that a kernel reads.
public typealias Floats = UnsafeBufferPointer<Float>  // unsafe: kernels get memory that their caller keeps alive
/// Elements that a kernel writes.
public typealias MutableFloats = UnsafeMutableBufferPointer<Float>  // unsafe: as above
/// Indices that a kernel reads.
public typealias Indices = UnsafeBufferPointer<Int32>  // unsafe: as above
