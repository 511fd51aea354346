internal import Arithmetic

/// An exact fraction, zero or positive: a job's rate, momentum or decay, so that all parties compute the same from it.
public struct Fraction: Sendable, Hashable {
    let numerator: Integer
    /// Positive; the fraction is not reduced.
    let denominator: Integer

    /// Reads a decimal number without sign and exponent, at most 40 bytes long: `0.05`, `1`.
    ///
    /// - Throws: `SharesError.notDecimal`.
    public init(decimal text: String) throws(SharesError) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.dropFirst().first ?? ""
        guard text.utf8.count <= 40, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix("-") }),
            let digits = try? Integer(decimal: String(parts[0] + fraction)),
            let power = try? Integer(decimal: "1" + String(repeating: "0", count: fraction.utf8.count))
        else { throw .notDecimal }
        numerator = digits
        denominator = power
    }

    private init(_ numerator: Integer, over denominator: Integer) {
        (self.numerator, self.denominator) = (numerator, denominator)
    }

    /// So many `2^bits`-th parts of it, exactly.
    ///
    /// - Parameter units: At least 0.
    public func scaled(by units: Int, overPowerOfTwo bits: Int) -> Fraction {
        precondition(units >= 0 && bits >= 0, "a fraction is no negative number")
        return Fraction(numerator * Integer(units), over: denominator << bits)
    }
}
