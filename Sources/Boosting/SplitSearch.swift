/// A way to part the rows of a node in two.
struct Split: Sendable {
    var column: Int
    /// By how much it lowers the loss, to second order and with lambda.
    var gain: Double
    /// The bins that go left.
    var left: BinSet
    /// Derivatives of the rows on both sides.
    var sums: (left: Derivatives, right: Derivatives)
}

/// Finds the best split of a node on one column, from its histogram (Chen & Guestrin 2016, equation 7).
struct SplitSearch {
    let parameters: BoostedTrees.Parameters
    let column: Int
    let binning: Binning
    let hasMissing: Bool

    /// - Parameters:
    ///   - histogram: The column's 256 bins.
    ///   - total: Their sum.
    /// - Returns: Nil if none lowers the loss by more than asked, with enough weight on both sides.
    func best(in histogram: UnsafeMutableBufferPointer<Derivatives>, total: Derivatives) -> Split? {
        binning.isCategorical ? bestOfCategories(histogram, total) : bestOfRanges(histogram, total)
    }

    /// Small values left, large ones right; missing values where they lower the loss more, or where none was seen, on
    /// the heavier side (section 3.4).
    private func bestOfRanges(
        _ histogram: UnsafeMutableBufferPointer<Derivatives>, _ total: Derivatives
    ) -> Split? {
        var best = Candidate(gain: parameters.minimumGain)
        var missingGoesLeft = false
        for tryLeft in hasMissing ? [false, true] : [false] {
            var left = tryLeft ? histogram[Int(Binning.missing)] : .zero
            for bin in 0..<binning.count {
                left += histogram[bin]
                if improve(&best, left: left, total: total, length: bin + 1, lambda: parameters.lambda) {
                    missingGoesLeft = tryLeft
                }
            }
        }
        guard best.length > 0 else { return nil }
        if !hasMissing { missingGoesLeft = best.left.y > total.y - best.left.y }
        return split(best, total, bins: 0..<best.length, missingGoesLeft: missingGoesLeft)
    }

    /// The best of those that keep categories in the order of their mean gradients, among which, without smoothing, is
    /// the best of all (Fisher 1958); missing is a category of its own.
    private func bestOfCategories(
        _ histogram: UnsafeMutableBufferPointer<Derivatives>, _ total: Derivatives
    ) -> Split? {
        let smoothing = parameters.categorySmoothing
        let present = [Int](0..<binning.count) + (hasMissing ? [Int(Binning.missing)] : [])
        // Categories without rows here have no gradient: they go where the prediction is about right as it is.
        let order =
            present
            .map { bin in
                let sum = histogram[bin]
                return (bin: bin, mean: sum.y + smoothing > 0 ? sum.x / (sum.y + smoothing) : 0)
            }
            .sorted { ($0.mean, $0.bin) < ($1.mean, $1.bin) }
        var best = Candidate(gain: parameters.minimumGain)
        var left = Derivatives.zero
        for (index, category) in order.enumerated() {
            left += histogram[category.bin]
            _ = improve(&best, left: left, total: total, length: index + 1, lambda: parameters.lambda + smoothing)
        }
        guard best.length > 0 else { return nil }
        let isHeavier = best.left.y > total.y - best.left.y
        return split(
            best, total, bins: order.prefix(best.length).map(\.bin), missingGoesLeft: !hasMissing && isHeavier)
    }

    /// The first bins in some order that go left: how many.
    private struct Candidate {
        var gain: Double
        var length = 0
        var left = Derivatives.zero
    }

    @inline(__always)
    private func improve(
        _ best: inout Candidate, left: Derivatives, total: Derivatives, length: Int, lambda: Double
    ) -> Bool {
        let right = total - left
        guard left.y >= parameters.minimumChildWeight, right.y >= parameters.minimumChildWeight else { return false }
        let gain = (score(left, lambda) + score(right, lambda) - score(total, parameters.lambda)) / 2
        guard gain > best.gain else { return false }
        best = Candidate(gain: gain, length: length, left: left)
        return true
    }

    /// Twice what the best value of a leaf lowers the loss by.
    @inline(__always)
    private func score(_ sum: Derivatives, _ lambda: Double) -> Double { sum.x * sum.x / (sum.y + lambda) }

    private func split(
        _ best: Candidate, _ total: Derivatives, bins: some Sequence<Int>, missingGoesLeft: Bool
    ) -> Split {
        var left = BinSet()
        for bin in bins { left.insert(bin) }
        if missingGoesLeft { left.insert(Int(Binning.missing)) }
        return Split(column: column, gain: best.gain, left: left, sums: (best.left, total - best.left))
    }
}
