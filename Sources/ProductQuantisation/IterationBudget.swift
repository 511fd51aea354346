/// One learning that was timed.
public struct LearningRun: Sendable {
    /// Rows that were learned from.
    public let count: Int
    /// What it took.
    public let seconds: Double

    public init(count: Int, seconds: Double) { (self.count, self.seconds) = (count, seconds) }
}

/// What learning takes on a machine: linear in the rows, for three iterations and for each further one.
public struct LearningCost: Hashable, Codable, Sendable {
    /// Seconds at `count` rows: `fixed + each · count`.
    private struct Line: Hashable, Codable {
        let fixed: Double
        let each: Double

        /// Least squares; nil without two different counts.
        init?(_ runs: [LearningRun]) {
            guard let first = runs.first, runs.contains(where: { $0.count != first.count }) else { return nil }
            let size = Double(runs.count)
            let (meanCount, meanSeconds) = (
                runs.reduce(0) { $0 + Double($1.count) } / size, runs.reduce(0) { $0 + $1.seconds } / size
            )
            let covariance = runs.reduce(0) { $0 + (Double($1.count) - meanCount) * ($1.seconds - meanSeconds) }
            let variance = runs.reduce(0) { $0 + (Double($1.count) - meanCount) * (Double($1.count) - meanCount) }
            each = covariance / variance
            fixed = meanSeconds - each * meanCount
        }

        func seconds(_ count: Int) -> Double { max(fixed + each * Double(count), 0) }
    }

    private let three: Line
    private let nine: Line

    /// - Parameters:
    ///   - three: runs of three iterations, of two row counts or more.
    ///   - nine: runs of nine iterations, likewise.
    /// - Returns: nil where the counts do not differ.
    public init?(three: [LearningRun], nine: [LearningRun]) {
        guard let short = Line(three), let long = Line(nine) else { return nil }
        (self.three, self.nine) = (short, long)
    }

    /// Seconds for three iterations.
    public func ofThree(count: Int) -> Double { three.seconds(count) }
    /// Seconds for each iteration more.
    public func ofEachFurther(count: Int) -> Double { max(nine.seconds(count) - three.seconds(count), 0) / 6 }
}

/// How many of Lloyd's iterations a code book is worth.
public enum IterationBudget: Sendable {
    /// So many.
    case fixed(Int)
    /// As many as fit into a wait of so many seconds, by what learning costs here: PQCache's rule (Zhang et al., SIGMOD 2025), with the
    /// wait in the place of the time to fill a language model's cache.
    case within(seconds: Double, LearningCost)

    /// The fewest and the most that a wait gives.
    public static let range = 3...300

    /// `(wait - T_3) / T_further + 3`, within 3 and 300.
    ///
    /// - Parameters:
    ///   - count: rows that a code book is learned from.
    ///   - codebooks: how many are learned in the wait, one after the other.
    public func iterations(count: Int, codebooks: Int = 1) -> Int {
        switch self {
        case .fixed(let iterations): return max(iterations, 1)
        case .within(let seconds, let cost):
            let left = seconds - cost.ofThree(count: count) * Double(codebooks)
            guard left > 0 else { return Self.range.lowerBound }
            let further = left / (cost.ofEachFurther(count: count) * Double(codebooks))
            return Self.range.lowerBound + Int(min(further, Double(Self.range.upperBound - Self.range.lowerBound)))
        }
    }
}
