/// What sums numbers over the ranks that share a model: those that run the same step, each with its part of the parameters.
public protocol TensorSum: AnyObject {
    /// Sums place by place; every rank has the same bits afterwards. All ranks call it in the same order with as many numbers.
    func sum(_ values: UnsafeMutableBufferPointer<Float>) throws
}
