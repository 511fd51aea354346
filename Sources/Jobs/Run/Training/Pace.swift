internal import Glibc
internal import Models
internal import Shares

/// How fast everything moves in one epoch: public, a function of the job.
///
/// Where rows are weighed, what the label party sends is divided by ``Job/derivativeScale`` and rates are multiplied with it, so that
/// a heavy row's derivative keeps the bound under which products are proved to fit; both are powers of two, and exact.
struct Pace {
    /// The rate of weights that are shared.
    let shared: Fraction
    /// How the same move in the clear.
    let source: SourceDescent
    /// What moves the parts that one party holds.
    let local: LocalOptimiser
    /// The share of their full rates at which all of these move.
    let share: Double
}

extension Job {
    /// The pace of one epoch, counted from 0.
    func pace(epoch: Int) throws(SharesError) -> Pace {
        let (train, bits) = (train, RateSchedule.bits)
        let units = train.schedule?.units(epoch: epoch, of: train.epochs) ?? 1 << bits
        let share = Double(units) / Double(1 << bits)
        var local = train.localOptimiser
        local.rate *= share
        local.decay = train.decay
        let (rate, scale) = (Double(train.optimizer.rate) ?? 0, Double(derivativeScale))
        return Pace(
            shared: try Fraction(decimal: train.optimizer.rate).scaled(
                by: units * derivativeScale, overPowerOfTwo: bits),
            source: SourceDescent(
                rate: rate * share * scale, momentum: Double(train.optimizer.momentum) ?? 0, decay: train.decay / scale),
            local: local, share: share)
    }

    /// What moves shares, as it is before the first round.
    ///
    /// - Parameter alpha: The public factor that weight decay left, of weights that were trained before.
    func shareOptimiser(alpha: Int64? = nil) throws(SharesError) -> ShareOptimiser {
        try ShareOptimiser(
            rate: pace(epoch: 0).shared, momentum: Fraction(decimal: train.optimizer.momentum),
            decay: Fraction(decimal: train.l2 ?? "0").scaled(by: 1, overPowerOfTwo: derivativeScaleBits),
            alpha: alpha ?? ShareOptimiser.wholeAlpha)
    }

    /// Refuses a job whose weights would decay until the public factor that shrinks them has no bits left.
    ///
    /// - Parameter rounds: Of an epoch.
    func checkDecay(rounds: Int) throws {
        let left = try (0..<train.epochs).reduce(1.0) { left, epoch in
            let pace = try pace(epoch: epoch).source
            return left * pow(1 - pace.rate * pace.decay, Double(rounds))
        }
        guard left > 0x1p-19 else {
            throw RunError(
                .badData,
                "train.l2 of \(train.l2 ?? "0") would shrink shared weights below 2^-19 of what they are in so many rounds; "
                    + "lower it, the rate or the number of epochs")
        }
    }

    /// The derivative of the loss is sent divided by this: `2^4` where rows are weighed, else 1.
    var derivativeScale: Int { 1 << derivativeScaleBits }

    private var derivativeScaleBits: Int { train.weighsRows ? 4 : 0 }
}

extension Job.Train {
    /// Weight decay of everything that decays: weights of numbers in the source layer, and weights above it; not biases.
    fileprivate var decay: Double { l2.flatMap(Job.Limits.decimal) ?? 0 }

    /// What moves the label party's own part of the model, at the full rate.
    var localOptimiser: LocalOptimiser {
        let top = top ?? Job.TopOptimizer(kind: .sgd, rate: optimizer.rate, momentum: optimizer.momentum)
        return LocalOptimiser(top.kind, rate: Double(top.rate) ?? 0, momentum: Double(top.momentum) ?? 0)
    }
}

extension LocalOptimiser {
    /// The same of a step between two rounds, at which nothing decays.
    var withoutDecay: LocalOptimiser { LocalOptimiser(kind, rate: rate, momentum: momentum) }
}
