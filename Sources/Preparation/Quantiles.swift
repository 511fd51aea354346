internal import Glibc

/// Numbers in their order, without missing ones: percentiles are read off them.
struct SortedNumbers {
    let values: [Double]

    /// - Parameter numbers: NaN where one is missing.
    init(_ numbers: [Double]) { values = numbers.filter { !$0.isNaN }.sorted() }

    /// What a share of the numbers lies below: interpolated linearly between the two next to place `share * (count - 1)`.
    ///
    /// numpy's method `linear`, definition 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996).
    ///
    /// - Parameter share: 0 to 1. There must be a number.
    func quantile(_ share: Double) -> Double {
        let place = share * Double(values.count - 1)
        let low = Int(place)
        guard low < values.count - 1 else { return values[values.count - 1] }
        return values[low].towards(values[low + 1], place - Double(low))
    }
}

/// The map from a number to the share of training values below it.
///
/// That of scikit-learn's QuantileTransformer with `n_quantiles=1000, subsample=None`: the training values' quantiles at equal
/// steps, as many as there are training rows but at most 1000. Between two of them it is linear; a number that several of them
/// equal gets the middle of their shares; below the lowest it is 0 and above the highest 1.
public struct QuantileMap: Codable, Hashable, Sendable {
    /// They rise, or stay as they are.
    public let quantiles: [Double]

    /// The most quantiles that are kept.
    public static let limit = 1000

    /// - Parameters:
    ///   - numbers: at least one that is not missing.
    ///   - rows: how many training rows there are, those with a missing number included.
    init(_ numbers: SortedNumbers, rows: Int) {
        let count = max(1, min(Self.limit, rows))
        var highest = -Double.infinity
        quantiles = (0..<count).map { index in
            // Rounding does not make one fall below the last.
            highest = max(highest, numbers.quantile(count == 1 ? 0 : Double(index) / Double(count - 1)))
            return highest
        }
    }

    /// The share of a number; or where a standard normal variable has this share below, within ±5.1993 (shares of 1e-7).
    func callAsFunction(_ x: Double, _ distribution: PreparationPlan.Distribution) -> Double {
        let share = share(of: x)
        switch distribution {
        case .uniform: return share
        case .normal:
            let end = NormalQuantile.end
            return share <= 0 ? -end : share >= 1 ? end : min(max(NormalQuantile.value(share), -end), end)
        }
    }

    private func share(of x: Double) -> Double {
        let last = quantiles.count - 1
        guard x > quantiles[0] else { return 0 }
        guard x < quantiles[last] else { return 1 }
        let above = quantiles.firstIndex(notBelow: x)
        let below = quantiles.firstIndex(above: x) - 1
        let (start, end) = (Double(below) / Double(last), Double(above) / Double(last))
        // Equal to the quantiles from `above` to `below`, or between the two.
        return below >= above
            ? (start + end) / 2 : start + (end - start) * x.position(quantiles[below], quantiles[above])
    }
}

/// The inverse of the standard normal distribution function.
enum NormalQuantile {
    /// Where scikit-learn ends: the value at a share of 1e-7, less one unit of rounding of 1.
    static let end = -value(1e-7 - 0x1p-52)

    /// - Parameter share: between 0 and 1.
    ///
    /// Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution" (1988), routine PPND16: about 1 part in 1e16.
    static func value(_ share: Double) -> Double {
        let q = share - 0.5
        if abs(q) <= 0.425 {
            let r = 0.180625 - q * q
            return q * ratio(r, centre)
        }
        let tail = (-log(q < 0 ? share : 1 - share)).squareRoot()
        let value = tail <= 5 ? ratio(tail - 1.6, middle) : ratio(tail - 5, far)
        return q < 0 ? -value : value
    }

    private typealias Coefficients = (numerator: [Double], denominator: [Double])

    private static func ratio(_ r: Double, _ coefficients: Coefficients) -> Double {
        func polynomial(_ coefficients: [Double]) -> Double { coefficients.reversed().reduce(0) { $0 * r + $1 } }
        return polynomial(coefficients.numerator) / polynomial(coefficients.denominator)
    }

    private static let centre: Coefficients = (
        [
            3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
            4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
        ],
        [
            1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
            3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
        ]
    )

    private static let middle: Coefficients = (
        [
            1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
            1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
        ],
        [
            1, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
            1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
        ]
    )

    private static let far: Coefficients = (
        [
            6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1,
            2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
        ],
        [
            1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
            7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
            2.04426310338993978564e-15,
        ]
    )
}
