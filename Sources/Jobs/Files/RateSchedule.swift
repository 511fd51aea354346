internal import Documents

extension Job {
    /// How learning rates go from epoch to epoch: public, and to the last bit the same at every party.
    public struct RateSchedule: Hashable, Sendable, Codable {
        /// What happens after the warm-up.
        public var kind: Kind
        /// Epochs in which rates rise in equal steps; the first one after them has the full rate.
        public var warmup: Int
        /// Under `step`, after how many epochs rates fall; else `nil`.
        public var every: Int?
        /// Under `step`, what they are then multiplied with, a decimal text; else `nil`.
        public var factor: String?

        /// How rates fall once they are full.
        public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
            /// Not at all.
            case constant
            /// By a factor, every so many epochs.
            case step
            /// Along half a cosine, towards zero behind the last epoch (Loshchilov and Hutter, ICLR 2017, without restarts).
            case cosine
            /// Along a line, towards zero behind the last epoch.
            case linear
        }

        /// Rates are whole multiples of this share of the full one: so that shares move along exact fractions.
        static let bits = 20

        /// How much of the full rate an epoch has, in `2^-20`-th parts: 1 to `2^20`.
        ///
        /// Adds, multiplies and divides doubles in a fixed order, and asks no library for a cosine: all machines agree.
        func units(epoch: Int, of epochs: Int) -> Int {
            let whole = Double(1 << Self.bits)
            func units(_ share: Double) -> Int { max(1, Int((share * whole).rounded(.toNearestOrEven))) }
            guard epoch >= warmup else { return units(Double(epoch + 1) / Double(warmup + 1)) }
            let (done, all) = (epoch - warmup, max(1, epochs - warmup))
            switch kind {
            case .constant: return units(1)
            case .step:
                let factor = factor.flatMap(Limits.decimal) ?? 1
                return units((0..<done / max(1, every ?? 1)).reduce(1) { share, _ in share * factor })
            case .cosine:
                // (1 + cos 2x) / 2 = 1 - sin^2 x, x from 0 up to a right angle.
                let sine = Self.sine(Double.pi / 2 * Double(done) / Double(all))
                return units(1 - sine * sine)
            case .linear: return units(Double(all - done) / Double(all))
            }
        }

        /// Its Taylor series; within 10^-15 from 0 to a right angle.
        private static func sine(_ angle: Double) -> Double {
            var (term, sum) = (angle, angle)
            for index in 1...12 {
                term *= -angle * angle / Double(2 * index * (2 * index + 1))
                sum += term
            }
            return sum
        }
    }
}

extension Job.RateSchedule {
    /// Reads the `train.schedule` section.
    init(_ document: Document) throws(DocumentError) {
        var document = document
        kind = try document.optionalChoice("kind", of: Kind.self) ?? .constant
        warmup = try document.optionalInteger("warmup", in: 0...Job.Limits.epochs.upperBound) ?? 0
        if kind == .step {
            every = try document.integer("every", in: Job.Limits.epochs)
            factor = try document.decimal("factor", default: "0.5", in: Job.Limits.rateFactor)
        }
        try document.end()
    }

    /// Sentences on what makes no schedule of so many epochs.
    func problems(epochs: Int) -> [String] {
        var problems: [String] = []
        if !(0..<epochs).contains(warmup) { problems.append("train.schedule.warmup must be less than train.epochs") }
        let hasStep = every.map(Job.Limits.epochs.contains) ?? false
        let hasFactor = factor.flatMap(Job.Limits.decimal).map(Job.Limits.rateFactor.contains) ?? false
        if kind == .step ? !(hasStep && hasFactor) : (every != nil || factor != nil) {
            problems.append("train.schedule must have every and a factor of 0.01 to 1 under step, and only there")
        }
        return problems
    }

    /// For a person who decides about the job.
    var text: String {
        let rise = warmup > 0 ? "rising over \(warmup) epochs, then " : ""
        switch kind {
        case .constant: return rise + "constant"
        case .step: return rise + "times \(factor ?? "1") every \(every ?? 1) epochs"
        case .cosine, .linear: return rise + "falling to zero (\(kind.rawValue))"
        }
    }
}

extension Job.Limits {
    static let rateFactor = 0.01...1.0
}
