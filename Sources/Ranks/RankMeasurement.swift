/// What collectives of a group take, measured: for a planner, which needs it for lengths that nobody measured.
public struct RankMeasurement: Codable, Sendable, Equatable {
    /// What is measured.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Of a vector of so many bytes at every rank.
        case allReduce
        /// Of a vector of so many bytes in all, which every rank has afterwards.
        case allGather
        /// Of a vector of so many bytes at every rank, of which each keeps its part of the sum.
        case reduceScatter
        /// From the first rank to the last: half of there and back. Not where there is one rank only.
        case message
    }

    /// One length.
    public struct Sample: Codable, Sendable, Equatable {
        /// As the kind counts them.
        public let bytes: Int
        /// From a common start until the slowest rank has it: the median of the repetitions.
        public let seconds: Double

        /// A length and its time.
        public init(bytes: Int, seconds: Double) { (self.bytes, self.seconds) = (bytes, seconds) }
    }

    /// One kind, as `seconds = latency + secondsPerByte * bytes`.
    public struct Line: Codable, Sendable, Equatable {
        /// What was measured.
        public let kind: Kind
        /// All lengths, the shortest first.
        public let samples: [Sample]
        /// Seconds that even nothing takes; not negative.
        public let latency: Double
        /// Not negative.
        public let secondsPerByte: Double

        /// The line with the least sum of squared relative errors, so that short lengths count as much as long ones.
        public init(_ kind: Kind, fitting samples: [Sample]) {
            self.kind = kind
            self.samples = samples
            // Weighted sums: of 1, x, x^2, t, x t, with weights 1 / t^2.
            var (one, x, xx, t, xt) = (0.0, 0.0, 0.0, 0.0, 0.0)
            for sample in samples {
                let (bytes, weight) = (Double(sample.bytes), 1 / max(sample.seconds * sample.seconds, 1e-18))
                one += weight
                x += weight * bytes
                xx += weight * bytes * bytes
                t += weight * sample.seconds
                xt += weight * bytes * sample.seconds
            }
            let determinant = one * xx - x * x
            let slope = determinant > 1e-12 * one * xx ? (one * xt - x * t) / determinant : 0
            if slope <= 0 {
                (latency, secondsPerByte) = (one > 0 ? t / one : 0, 0)
            } else if t < slope * x {
                (latency, secondsPerByte) = (0, xt / xx)
            } else {
                (latency, secondsPerByte) = ((t - slope * x) / one, slope)
            }
        }

        /// What so many bytes take by the line.
        public func seconds(bytes: Int) -> Double { latency + secondsPerByte * Double(bytes) }
    }

    /// The number of ranks of the group.
    public let ranks: Int
    /// One for each kind.
    public let lines: [Line]

    /// The line of a kind.
    public func line(_ kind: Kind) -> Line? { lines.first { $0.kind == kind } }

    /// From 1 KiB to 16 MiB.
    public static let usualSizes = [1 << 10, 1 << 13, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24]

    /// Measures a group; called by all of its ranks, which do nothing else meanwhile. The result is the same at all.
    /// - Parameters:
    ///   - sizes: Bytes, rounded to whole numbers of whole values for each rank.
    ///   - repetitions: Of each size, after one that does not count.
    public static func measure(
        on ranks: any Collectives, sizes: [Int] = usualSizes, repetitions: Int = 5
    ) throws(RankError) -> RankMeasurement {
        precondition(repetitions >= 1, "at least one repetition")
        var lines: [Line] = []
        for kind in Kind.allCases where kind != .message || ranks.count > 1 {
            var samples: [Sample] = []
            for size in sizes.sorted() {
                var trial = RankTrial(kind, on: ranks, bytes: size)
                samples.append(try trial.sample(repetitions))
            }
            lines.append(Line(kind, fitting: samples))
        }
        return RankMeasurement(ranks: ranks.count, lines: lines)
    }
}

/// One kind of collective of one length.
private struct RankTrial {
    /// Short ones are repeated until so many bytes have gone, or so often: a clock and a common start are not exact to the microsecond.
    private static let (leastBytes, mostRounds) = (1 << 18, 16)

    private let kind: RankMeasurement.Kind
    private let ranks: any Collectives
    private var part: [Float]
    private var whole: [Float]
    private var bytes: Int { whole.count * 4 }

    init(_ kind: RankMeasurement.Kind, on ranks: any Collectives, bytes: Int) {
        (self.kind, self.ranks) = (kind, ranks)
        let length = max(1, bytes / 4 / ranks.count)
        part = Array(repeating: 1, count: length)
        whole = Array(repeating: 1, count: length * ranks.count)
    }

    mutating func sample(_ repetitions: Int) throws(RankError) -> RankMeasurement.Sample {
        let rounds = max(1, min(Self.mostRounds, Self.leastBytes / bytes))
        var seconds: [Double] = []
        for repetition in 0...repetitions {
            try ranks.barrier()
            let start = Pace.now
            for _ in 0..<rounds { try run() }
            let slowest = try slowest(Pace.now - start)
            if repetition > 0 { seconds.append(slowest / Double(rounds)) }
        }
        return .init(bytes: bytes, seconds: seconds.sorted()[repetitions / 2])
    }

    private mutating func run() throws(RankError) {
        switch kind {
        case .allReduce:
            try whole.withUnsafeMutableBufferPointer { (whole) throws(RankError) in try ranks.allReduce(whole) }
        case .allGather:
            try part.withUnsafeBufferPointer { (part) throws(RankError) in
                try whole.withUnsafeMutableBufferPointer { (whole) throws(RankError) in
                    try ranks.allGather(part, into: whole)
                }
            }
        case .reduceScatter:
            try whole.withUnsafeBufferPointer { (whole) throws(RankError) in
                try part.withUnsafeMutableBufferPointer { (part) throws(RankError) in
                    try ranks.reduceScatter(whole, into: part)
                }
            }
        case .message: try thereAndBack()
        }
    }

    private mutating func thereAndBack() throws(RankError) {
        let last = ranks.count - 1
        guard ranks.rank == 0 || ranks.rank == last else { return }
        let (isFirst, other) = (ranks.rank == 0, ranks.rank == 0 ? last : 0)
        try whole.withUnsafeMutableBufferPointer { (values) throws(RankError) in
            let bytes = UnsafeMutableRawBufferPointer(values)
            if isFirst { try ranks.send(UnsafeRawBufferPointer(bytes), to: other, tag: 0) }
            try ranks.receive(into: bytes, from: other, tag: 0)
            if !isFirst { try ranks.send(UnsafeRawBufferPointer(bytes), to: other, tag: 0) }
        }
    }

    /// The longest time of all ranks; of a message, that of the first alone, which has it back.
    private func slowest(_ seconds: Double) throws(RankError) -> Double {
        let isCounted = kind != .message || ranks.rank == 0
        let own = [Float(isCounted ? seconds : 0)]
        var all = [Float](repeating: 0, count: ranks.count)
        try own.withUnsafeBufferPointer { (own) throws(RankError) in
            try all.withUnsafeMutableBufferPointer { (all) throws(RankError) in try ranks.allGather(own, into: all) }
        }
        return Double(all.max() ?? 0) / (kind == .message ? 2 : 1)
    }
}
