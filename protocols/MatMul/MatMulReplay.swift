internal import Arithmetic
internal import LocalUpdates
internal import Shares

/// A party's share of the gradient of a feature party's weights over one batch, kept to be applied again.
struct GradientShare: Sendable {
    /// Which rows of the weights it is of; all of them where this is `nil`.
    let rows: [Int]?
    /// At scale 2^40.
    let gradient: Matrix<Integer>
    /// That of the batch's own exchange.
    let multiplier: Integer
}

extension ShareOptimiser {
    /// B3 at either end: a step along the gradient of this round, then those that are replayed after it.
    ///
    /// - Parameter workset: Of the same weights, and at both ends in the same state.
    func descend(
        _ weights: inout WeightShare, along share: GradientShare, then workset: inout Workset<GradientShare>,
        rounding: Rounding
    ) {
        step(
            &weights, rows: share.rows, gradient: share.gradient, multiplier: share.multiplier, rounding: rounding)
        for earlier in workset.insert(share) {
            replay(
                &weights, rows: earlier.rows, gradient: earlier.gradient, multiplier: earlier.multiplier,
                rounding: rounding)
        }
    }
}
