/// AdaGrad (Duchi, Hazan and Singer, JMLR 12, 2011): `sum <- sum + g²`, `values <- values - rate g / (√sum + epsilon)`.
///
/// For what one party holds in the clear. A value without a gradient stays where it is: tables move by touched rows.
public struct AdaGrad: RowSparseOptimiser {
    /// The learning rate.
    public let rate: Double
    /// Keeps the first steps finite.
    public let epsilon: Double

    public static var slotCount: Int { 1 }

    /// - Parameters:
    ///   - rate: above 0.
    ///   - epsilon: above 0.
    public init(rate: Double, epsilon: Double = 1e-10) {
        precondition(rate > 0 && rate.isFinite && epsilon > 0, "a rate and an epsilon above 0")
        (self.rate, self.epsilon) = (rate, epsilon)
    }

    public func update(_ values: MutableFloats, gradient: Floats, slots: Slots, step: Int) {
        slots.check(values, gradient, slots: Self.slotCount)
        adapt(values, gradient, squares: slots.first, rate: Float(rate), epsilon: Float(epsilon))
    }
}

private func adapt(_ values: MutableFloats, _ gradient: Floats, squares: MutableFloats, rate: Float, epsilon: Float) {
    for index in 0..<values.count {
        let g = gradient[index]
        squares[index] += g * g
        values[index] -= rate * g / (squares[index].squareRoot() + epsilon)
    }
}
