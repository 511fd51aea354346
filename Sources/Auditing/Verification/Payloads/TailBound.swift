internal import Glibc

/// How likely uniformly random bits are at most to look as odd as what was counted: natural logarithms of bounds that are proved for
/// every sample size, so that few frames raise no false alarm. 0, for certainty, where a bound says nothing.
package enum TailBound {
    /// Cells of equal chance, and how often each was hit: the relative entropy of the counts, n D, as the statistic.
    ///
    /// With k cells, P(n D >= x) <= (e x / (k - 1))^(k - 1) e^-x for x > k - 1. 2 n D is the likelihood ratio statistic G, which counts
    /// like chi-square. Source: Agrawal, Finite-sample concentration of the multinomial in relative entropy, IEEE Transactions on
    /// Information Theory 66 (2020), arXiv 1904.02291.
    package static func equalCells(_ counts: some Collection<Int>) -> Double {
        let total = counts.reduce(0, +)
        guard total > 0, counts.count > 1 else { return 0 }
        let (expected, freedom) = (Double(total) / Double(counts.count), Double(counts.count - 1))
        let entropy = counts.reduce(0.0) { $1 == 0 ? $0 : $0 + Double($1) * log(Double($1) / expected) }
        guard entropy > freedom else { return 0 }
        return freedom * (1 + log(entropy / freedom)) - entropy
    }

    /// `ones` among `total` fair bits, too many or too few: 2 e^(-n D), with D the relative entropy to a half.
    ///
    /// Source: Chernoff, A measure of asymptotic efficiency, Annals of Mathematical Statistics 23 (1952).
    package static func fairBits(ones: Int, of total: Int) -> Double {
        guard total > 0 else { return 0 }
        let entropy = [ones, total - ones].reduce(0.0) {
            $1 == 0 ? $0 : $0 + Double($1) * log(2 * Double($1) / Double(total))
        }
        return min(0, log(2) - entropy)
    }

    /// So many words of 64 bits among `total` that equal an earlier one.
    ///
    /// Each equals one of those before it with a chance below m / 2^64, whatever they are; a union over all sets of r words gives
    /// P(r or more) <= C(m, r) (m / 2^64)^r <= (m^2 / 2^64)^r / r!.
    package static func repeatedWords(_ repeated: Int, of total: Int) -> Double {
        guard repeated > 0 else { return 0 }
        let pairs = 2 * log(Double(total)) - 64 * log(2)
        return min(0, Double(repeated) * pairs - lgamma(Double(repeated) + 1))
    }
}
