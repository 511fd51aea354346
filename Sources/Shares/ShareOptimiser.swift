public import Arithmetic

/// One share of a weight matrix under training, modulo 2^64 or 2^128.
public struct TrainedShare<Element: RingElement>: Sendable, Equatable {
    /// The share, at scale 2^20.
    public var value: Matrix<Element>
    /// The share of the velocity, of each row that has moved with momentum; those of all other rows are zero. Signed integers
    /// of up to about 300 bits, without a modulus, at scale 2^40.
    public var velocity: [Int: [Integer]] = [:]

    /// A share as given, and velocity zero.
    public init(_ value: Matrix<Element>) { self.value = value }

    /// Refuses a share, as it was saved, of another shape.
    ///
    /// - Throws: `SharesError.shape`, also for a velocity of a row that is not there, or of another width.
    public func requireShape(rows: Int, columns: Int) throws(SharesError) {
        try value.requireShape(rows: rows, columns: columns)
        for (row, velocity) in velocity where !(0..<rows).contains(row) || velocity.count != columns {
            throw .shape(expected: [rows, columns], found: [row + 1, velocity.count])
        }
    }
}

/// A share modulo 2^64.
public typealias WeightShare = TrainedShare<Int64>
/// A share modulo 2^128.
public typealias WideWeightShare = TrainedShare<Int128>

/// Stochastic gradient descent on shares, with momentum and decoupled weight decay. Every party runs it on its own shares
/// with the same public numbers, and their sum moves as a single optimiser would move the weights.
///
/// Weights are `alpha * (sum of shares)`: weight decay shrinks one public factor, so that shares which no update touches
/// decay too. Only what is linear acts on shares; norms (gradient clipping, Adam) do not.
public struct ShareOptimiser: Sendable, Equatable {
    private var rate: Fraction
    private let decay: Fraction
    private let momentum: Integer
    /// The public factor of weight decay, at scale 2^40; at most 1.
    public private(set) var alpha: Int64
    /// Alpha before anything has decayed: 1.
    public static let wholeAlpha: Int64 = 1 << alphaBits

    private static let (rateBits, momentumBits, alphaBits) = (40, 20, 40)

    /// - Parameters:
    ///   - rate: Learning rate for the mean gradient of a batch; positive.
    ///   - momentum: Below 1.
    ///   - decay: Weight decay; `rate * decay` is below 1. Without momentum this is plain L2.
    ///   - alpha: The public factor that earlier rounds left; 1 at scale 2^40 before the first.
    /// - Throws: `SharesError.invalidOptimiser`.
    public init(
        rate: Fraction, momentum: Fraction, decay: Fraction, alpha: Int64 = wholeAlpha
    ) throws(SharesError) {
        guard momentum.numerator < momentum.denominator else {
            throw .invalidOptimiser(expected: "a momentum below 1")
        }
        guard Self.alphas.contains(alpha) else { throw .invalidOptimiser(expected: "a factor of 2^-20 to 1") }
        try Self.check(rate, decay)
        self.rate = rate
        self.decay = decay
        self.alpha = alpha
        self.momentum = Rounding.halfEvenQuotient(
            momentum.numerator << Self.momentumBits, momentum.denominator)
    }

    private static let alphas: ClosedRange<Int64> = 1 << (alphaBits - 20)...1 << alphaBits

    private static func check(_ rate: Fraction, _ decay: Fraction) throws(SharesError) {
        guard rate.numerator.signum > 0 else { throw .invalidOptimiser(expected: "a rate above 0") }
        guard rate.numerator * decay.numerator < rate.denominator * decay.denominator else {
            throw .invalidOptimiser(expected: "rate times weight decay below 1")
        }
    }

    /// From the next round on, another rate: public, and the same at every party.
    ///
    /// - Throws: `SharesError.invalidOptimiser`.
    public mutating func setRate(_ rate: Fraction) throws(SharesError) {
        try Self.check(rate, decay)
        self.rate = rate
    }

    /// Whether weights decay: for layers in which nothing applies alpha.
    public var decays: Bool { decay.numerator.signum != 0 }

    /// Shrinks alpha by one round's decay; the multiplier `rate / batch / alpha` of this round, at scale 2^40.
    ///
    /// - Throws: `SharesError.decayFactorTooSmall`, `SharesError.rateTooSmall`.
    public mutating func nextMultiplier(batch: Int) throws(SharesError) -> Integer {
        let whole = rate.denominator * decay.denominator
        let kept = whole - rate.numerator * decay.numerator
        alpha = Rounding.halfEvenQuotient(Integer(alpha) * kept, whole).truncatingInt64
        guard Self.alphas.contains(alpha) else { throw .decayFactorTooSmall }
        return try multiplier(batch: batch)
    }

    /// The multiplier `rate / batch / alpha` at scale 2^40 as alpha is now: of a step that one party takes by itself between two
    /// rounds, at which nothing decays.
    ///
    /// - Throws: `SharesError.rateTooSmall`.
    public func multiplier(batch: Int) throws(SharesError) -> Integer {
        let multiplier = Rounding.halfEvenQuotient(
            rate.numerator << (Self.rateBits + Self.alphaBits), rate.denominator * Integer(batch) * Integer(alpha))
        guard multiplier.signum > 0 else { throw .rateTooSmall }
        return multiplier
    }

    /// One update: `velocity <- momentum * velocity + gradient; share <- share - multiplier * velocity`.
    ///
    /// Rows that are not updated stay as they are, in place: neither do they move on with the velocity that they have, nor does
    /// that fade (lazy momentum). Velocities are kept of rows that were updated, and only with momentum.
    ///
    /// - Parameters:
    ///   - rows: Which rows of the weights, each at most once; all of them where this is `nil`.
    ///   - gradient: This party's share of the batch's summed gradient of these rows: signed wide integers at scale 2^40.
    ///   - rounding: Floor at a feature party, ceiling at the label party, half-even where one party knows all.
    public func step<Element>(
        _ weights: inout TrainedShare<Element>, rows: [Int]? = nil, gradient: Matrix<Integer>, multiplier: Integer,
        rounding: Rounding
    ) {
        descend(&weights, rows, gradient, momentum: momentum, multiplier, rounding)
    }

    /// One more use of a gradient that ``step(_:rows:gradient:multiplier:rounding:)`` took before, with the multiplier that it had
    /// then: `share <- share - multiplier * gradient`. The velocity takes no part in it, and stays as it is.
    public func replay<Element>(
        _ weights: inout TrainedShare<Element>, rows: [Int]? = nil, gradient: Matrix<Integer>, multiplier: Integer,
        rounding: Rounding
    ) {
        descend(&weights, rows, gradient, momentum: 0, multiplier, rounding)
    }

    private func descend<Element>(
        _ weights: inout TrainedShare<Element>, _ rows: [Int]?, _ gradient: Matrix<Integer>, momentum: Integer,
        _ multiplier: Integer, _ rounding: Rounding
    ) {
        let rows = rows ?? Array(0..<weights.value.rows)
        precondition(
            gradient.rows == rows.count && gradient.columns == weights.value.columns,
            "a gradient has the shape of its weights")
        for (place, row) in rows.enumerated() {
            var velocity = Array(gradient.row(place))
            if momentum.signum != 0 {
                for (column, before) in (weights.velocity[row] ?? []).enumerated() {
                    velocity[column] += rounding.shift(momentum * before, by: Self.momentumBits)
                }
                weights.velocity[row] = velocity
            }
            for (column, velocity) in velocity.enumerated() {
                let step = rounding.shift(multiplier * velocity, by: FixedPoint.fractionBits + Self.rateBits)
                weights.value[row, column] &-= Element(reducing: step)
            }
        }
    }

    /// `alpha * shares`, rounded half to even: weights, or outputs that are linear in them.
    public func applyAlpha(to shares: Matrix<Int64>) -> Matrix<Int64> {
        shares.map { Int64(Rounding.halfEven.shift(Int128($0) * Int128(alpha), by: Self.alphaBits)) }
    }
}
