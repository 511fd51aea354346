/// The state of an optimiser beside the values it moves: zero, one or two numbers for each value, zeros at first.
public struct Slots {
    /// One number for each value, or none.
    public let first: MutableFloats
    /// One number for each value, or none.
    public let second: MutableFloats

    /// As many buffers as the optimiser's ``Optimiser/slotCount``, each of the values' size; the others are empty.
    public init(_ first: MutableFloats, _ second: MutableFloats = MutableFloats(start: nil, count: 0)) {
        (self.first, self.second) = (first, second)
    }

    func check(_ values: MutableFloats, _ gradient: Floats, slots: Int) {
        precondition(
            gradient.count == values.count && (slots < 1 || first.count == values.count)
                && (slots < 2 || second.count == values.count), "gradient and state have the size of the values")
    }
}

/// How values move along a gradient: public numbers, and a function on buffers without memory of its own.
///
/// A step treats each value by itself, so that a tensor may be moved piece by piece, in any order.
public protocol Optimiser: Hashable, Sendable {
    /// How many numbers of state there are for each value: 0, 1 or 2.
    static var slotCount: Int { get }

    /// Moves `values` in place, and the state with them.
    ///
    /// - Parameters:
    ///   - gradient: of the mean loss, as many as values.
    ///   - slots: the state of these values.
    ///   - step: counts the steps of these values, from 1.
    func update(_ values: MutableFloats, gradient: Floats, slots: Slots, step: Int)
}

/// An optimiser whose step is a linear map of values, state and gradient, with public coefficients.
///
/// Only such a step can be taken by each holder of an additive share on its own share: the sum of the moved shares is
/// the moved sum. So weights that are shared secretly take `some LinearOptimiser`, and what squares gradients or
/// divides by them (``AdaGrad``, ``Adam``) is no argument that compiles there.
public protocol LinearOptimiser: Optimiser {
    /// All that the step is.
    var coefficients: LinearStep { get }
}

/// `velocity <- momentum velocity + gradient`, `values <- (1 - rate decay) values - rate velocity`.
public struct LinearStep: Hashable, Sendable {
    /// The learning rate, above 0.
    public let rate: Double
    /// How much of the velocity is kept from one step to the next.
    public let momentum: Double
    /// Weight decay, apart from the gradient.
    public let decay: Double
}

/// An optimiser that leaves a value and its state as they are where the gradient is 0: rows of a table that a batch did
/// not touch need no visit.
public protocol RowSparseOptimiser: Optimiser {}

/// The optimisers of a model of which one part is shared secretly: only a linear one moves that part.
///
///     ModelOptimisers(shared: GradientDescent(rate: 0.1), local: Adam(rate: 0.001))   // compiles
///     ModelOptimisers(shared: Adam(rate: 0.001), local: GradientDescent(rate: 0.1))   // does not
public struct ModelOptimisers<Shared: LinearOptimiser, Local: Optimiser>: Hashable, Sendable {
    /// Moves shares of weights.
    public let shared: Shared
    /// Moves what one party holds in the clear.
    public let local: Local

    /// - Parameters:
    ///   - shared: for the part of which each party holds a share.
    ///   - local: for the part that one party holds in the clear.
    public init(shared: Shared, local: Local) { (self.shared, self.local) = (shared, local) }
}
