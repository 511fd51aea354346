/// Float32 elements of a shape, row-major: what enters a graph and what is read from it.
public struct Tensor: Hashable, Sendable {
    /// The extents.
    public let shape: Shape
    /// All elements; their number never changes.
    public private(set) var elements: [Float]

    /// Takes `shape.count` elements in row-major order.
    public init(_ shape: Shape, _ elements: [Float]) {
        precondition(elements.count == shape.count, "\(elements.count) elements for a tensor of shape \(shape)")
        self.shape = shape
        self.elements = elements
    }

    /// Repeats one element everywhere.
    public init(_ shape: Shape, repeating element: Float) {
        self.init(shape, Array(repeating: element, count: shape.count))
    }

    /// One element, by its place in row-major order.
    public subscript(index: Int) -> Float {
        get { elements[index] }
        _modify { yield &elements[index] }
    }
}

/// Int32 elements of a shape: row numbers, class labels, step counters. They are never differentiated.
public struct IndexTensor: Hashable, Sendable {
    /// The extents.
    public let shape: Shape
    /// All elements.
    public let elements: [Int32]

    /// Takes `shape.count` elements in row-major order.
    public init(_ shape: Shape, _ elements: [Int32]) {
        precondition(elements.count == shape.count, "\(elements.count) elements for a tensor of shape \(shape)")
        self.shape = shape
        self.elements = elements
    }
}
