internal import Glibc

/// The first and the second derivative of the loss by a score, of one row or summed over several.
typealias Derivatives = SIMD2<Double>

extension BoostedTrees {
    /// What is predicted, from which scores, under which loss. Trees sum up to scores s; t is the target.
    public enum Objective: Hashable, Sendable {
        /// Targets 0 and 1; the probability is sigmoid(s). Loss: log(1 + e^s) - t s.
        case binary
        /// Targets 0 to `count` - 1, at least 2 classes; the probabilities are softmax(s). Loss: log(sum e^s) - s[t].
        case classes(Int)
        /// Any finite targets; the prediction is s. Loss: (s - t)^2 / 2.
        case number
        /// Targets of 0 or more; the rate is e^s. Loss: e^s - t s, the negative Poisson log-likelihood up to what
        /// depends on t only.
        case count

        /// Scores of a row.
        public var outputs: Int {
            switch self {
            case .binary, .number, .count: 1
            case .classes(let count): count
            }
        }
    }
}

extension BoostedTrees.Objective {
    func check(_ targets: [Double]) throws(BoostingError) {
        if case .classes(let count) = self, count < 2 { throw .outOfRange(parameter: "classes") }
        let bad = targets.firstIndex { target in
            switch self {
            case .binary: target != 0 && target != 1
            case .classes(let count): target < 0 || target >= Double(count) || target != target.rounded()
            case .number: !target.isFinite
            case .count: !target.isFinite || target < 0
            }
        }
        if let bad { throw .badTarget(row: bad) }
    }

    /// The scores of the best constant over `rows`.
    func start(_ targets: [Double], _ rows: [Int32]) -> [Double] {
        let targets = rows.lazy.map { targets[Int($0)] }
        let count = Double(targets.count)
        // What no row has counts as half a row.
        switch self {
        case .binary:
            let positives = targets.reduce(0, +)
            return [log(max(positives, 0.5) / max(count - positives, 0.5))]
        case .classes(let classes):
            var rows = [Double](repeating: 0, count: classes)
            for target in targets { rows[Int(target)] += 1 }
            return rows.map { log(max($0, 0.5) / count) }
        case .number:
            return [targets.reduce(0, +) / count]
        case .count:
            let sum = targets.reduce(0, +)
            return [log((sum > 0 ? sum : 0.5) / count)]
        }
    }

    /// The derivatives of each row's loss by each of its scores, in the order of the scores.
    func differentiate(_ scores: Scores, _ targets: [Double], into derivatives: inout [Derivatives]) {
        let rows = scores.rows
        switch self {
        case .binary:
            for row in 0..<rows {
                let probability = sigmoid(scores[row, 0])
                derivatives[row] = [probability - targets[row], max(probability * (1 - probability), Self.least)]
            }
        case .classes(let classes):
            for row in 0..<rows {
                let logarithm = scores.logarithmOfSum(row)
                for output in 0..<classes {
                    let probability = exp(scores[row, output] - logarithm)
                    let target = targets[row] == Double(output) ? 1.0 : 0
                    // Twice the diagonal of the matrix of second derivatives dominates all of it: trees of one round
                    // that step together do not overshoot.
                    let curvature = max(2 * probability * (1 - probability), Self.least)
                    derivatives[output * rows + row] = [probability - target, curvature]
                }
            }
        case .number:
            for row in 0..<rows { derivatives[row] = [scores[row, 0] - targets[row], 1] }
        case .count:
            for row in 0..<rows {
                let rate = exp(scores[row, 0])
                // The curvature where a step may lead, as XGBoost and LightGBM take it: e^s alone overshoots from small
                // rates.
                derivatives[row] = [rate - targets[row], rate * Self.headroom]
            }
        }
    }

    /// The mean loss over `rows`.
    func loss(_ scores: Scores, _ targets: [Double], _ rows: [Int32]) -> Double {
        var sum = 0.0
        for row in rows.lazy.map(Int.init) {
            let score = scores[row, 0]
            switch self {
            case .binary: sum += max(score, 0) + log1p(exp(-abs(score))) - targets[row] * score
            case .classes: sum += scores.logarithmOfSum(row) - scores[row, Int(targets[row])]
            case .number: sum += (score - targets[row]) * (score - targets[row]) / 2
            case .count: sum += exp(score) - targets[row] * score
            }
        }
        return sum / Double(rows.count)
    }

    /// What the scores mean: rows x outputs, row after row.
    func predictions(_ scores: Scores) -> [Double] {
        switch self {
        case .binary: return (0..<scores.rows).map { sigmoid(scores[$0, 0]) }
        case .classes(let classes):
            return (0..<scores.rows).flatMap { row in
                let logarithm = scores.logarithmOfSum(row)
                return (0..<classes).map { exp(scores[row, $0] - logarithm) }
            }
        case .number: return (0..<scores.rows).map { scores[$0, 0] }
        case .count: return (0..<scores.rows).map { exp(scores[$0, 0]) }
        }
    }

    /// Second derivatives stay above 0 where a probability is 0 or 1 in floating point.
    private static let least = 1e-16
    /// e^0.7, `max_delta_step` of XGBoost and `poisson_max_delta_step` of LightGBM.
    private static let headroom = exp(0.7)

    private func sigmoid(_ score: Double) -> Double {
        let power = exp(-abs(score))
        return (score >= 0 ? 1 : power) / (1 + power)
    }
}
