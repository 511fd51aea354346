internal import Glibc

/// What becomes of one column of numbers, fitted.
///
/// A number goes through the fill, each transform in its order, and the encoding. One that is missing, and that no fill
/// replaces, stays missing through all transforms and gives 0 in every column of the encoding.
public struct NumberPipeline: Codable, Hashable, Sendable {
    /// What a missing number becomes; `nil` where it stays missing.
    public let fill: Double?
    /// Whether a column says where numbers are missing; it is the first.
    public let indicator: Bool
    /// In their order.
    public let transforms: [Transform]
    /// `nil` where the numbers do not vary over the training rows, but what is missing does.
    public let encoding: Encoding?

    /// A change of a number.
    public enum Transform: Codable, Hashable, Sendable {
        case clip(low: Double, high: Double)
        /// `sign(x) * log(1 + |x|)`.
        case log
        /// `(x - mean) / deviation`.
        case standardize(mean: Double, deviation: Double)
        /// `(x - low) / (high - low)`; not clipped.
        case minMax(low: Double, high: Double)
        /// By the quantiles of the training values.
        case quantile(QuantileMap, PreparationPlan.Distribution)
    }

    /// What enters the model.
    public enum Encoding: Codable, Hashable, Sendable {
        /// The number itself.
        case value
        /// A column for each bin; `edges` rise, and a number that equals one belongs to the bin above it.
        case oneHot(edges: [Double])
        /// One column, from 0 for the lowest bin to 1 for the highest.
        case ordinal(edges: [Double])
        /// One column: the weight of evidence of the bin, which a missing number has too.
        case weights(edges: [Double], weights: [Double], missing: Double)
    }
}

extension NumberPipeline.Transform {
    /// Its result: for a finite number finite or, far outside of the training values, infinite; never NaN.
    func callAsFunction(_ x: Double) -> Double {
        switch self {
        case .clip(let low, let high): min(max(x, low), high)
        case .log: x < 0 ? -log1p(-x) : log1p(x)
        case .standardize(let mean, let deviation): x.distance(from: mean, unit: deviation)
        case .minMax(let low, let high): x.position(low, high)
        case .quantile(let map, let distribution): map(x, distribution)
        }
    }
}

extension NumberPipeline {
    /// A number before it is encoded; NaN where it is missing.
    func transform(_ number: Double) -> Double {
        guard let number = number.isNaN ? fill : number else { return .nan }
        return transforms.reduce(number) { $1($0) }
    }

    /// How many columns the encoding has.
    var encodedWidth: Int {
        switch encoding {
        case .value, .ordinal, .weights: 1
        case .oneHot(let edges): edges.count + 1
        case nil: 0
        }
    }

    /// The names of its columns.
    func names(_ column: String) -> [String] {
        let encoded: [String] =
            switch encoding {
            case .value, .ordinal, .weights: [column]
            case .oneHot(let edges): (0...edges.count).map { "\(column) bin \($0 + 1)" }
            case nil: []
            }
        return (indicator ? ["\(column) missing"] : []) + encoded
    }

    /// The one column of the encoding that may differ from 0, with its value: finite and within the bound.
    func encoded(_ number: Double) -> (offset: Int, value: Double)? {
        let x = transform(number)
        guard !x.isNaN else {
            guard case .weights(_, _, let missing) = encoding else { return nil }
            return (0, missing.bounded)
        }
        switch encoding {
        case .value: return (0, x.bounded)
        case .oneHot(let edges): return (edges.firstIndex(above: x), 1)
        case .ordinal(let edges): return (0, Double(edges.firstIndex(above: x)) / Double(max(edges.count, 1)))
        case .weights(let edges, let weights, _): return (0, weights[edges.firstIndex(above: x)].bounded)
        case nil: return nil
        }
    }
}

extension Double {
    /// Within the bound of prepared values.
    var bounded: Double { min(max(self, -Preparation.bound), Preparation.bound) }
}

extension [Double] {
    /// How many of these rising numbers are not above a number.
    func firstIndex(above number: Double) -> Int { partition { $0 <= number } }

    /// How many of these rising numbers are below a number.
    func firstIndex(notBelow number: Double) -> Int { partition { $0 < number } }

    private func partition(_ isBefore: (Double) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Double {
    /// `(self - origin) / unit`, where the difference has no double too; `unit` above 0.
    func distance(from origin: Double, unit: Double) -> Double {
        let difference = self - origin
        return difference.isFinite ? difference / unit : (self / 2 - origin / 2) / (unit / 2)
    }

    /// `(self - low) / (high - low)`, where the differences have no double too; `low < high`.
    func position(_ low: Double, _ high: Double) -> Double {
        let range = high - low
        return range.isFinite ? distance(from: low, unit: range) : (self / 2 - low / 2) / (high / 2 - low / 2)
    }

    /// What lies at a share `t` of the way to another number.
    func towards(_ other: Double, _ t: Double) -> Double {
        let range = other - self
        guard range.isFinite else { return self * (1 - t) + other * t }
        // As numpy does: exact at both ends.
        return t < 0.5 ? self + range * t : other - range * (1 - t)
    }
}
