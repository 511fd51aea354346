internal import Link
internal import Tables

/// How much each row counts in the loss, as the job's sample and class weights say: known to the label party alone, of which nothing
/// is sent but the derivative of the loss.
extension Targets {
    /// Weights by position, with a mean of 1 over the training rows that have a label; `nil` where all count alike.
    ///
    /// - Parameters:
    ///   - truth: Labels by position, as metrics see them.
    ///   - training: Positions that are trained on and have a label.
    /// - Throws: ``RunError`` for a weight that is missing or not positive, for one beyond the limit, for a class that is not there.
    static func importance(
        _ table: Table, _ job: Job, rows aligned: AlignedRows, truth: [Double], classes: [String], training: [Int]
    ) throws -> [Double]? {
        guard job.train.weighsRows else { return nil }
        var weights = [Double](repeating: 1, count: aligned.count)
        if let column = job.train.sampleWeights {
            let numbers = try table.numbers(column)
            for (position, row) in aligned.enumerated() { if let row { weights[position] = numbers[row] } }
            guard weights.allSatisfy({ $0 > 0 && $0.isFinite }) else {
                throw RunError(
                    .badData,
                    "a row has no weight in column '\(column)', or one that is not above 0; train.sample-weights needs one of each"
                )
            }
        }
        if let given = job.train.classWeights {
            let factors = try given.factors(job, truth: training.map { truth[$0] }, labels: classes)
            for position in training { weights[position] *= factors[Int(truth[position])] }
        }
        let mean = training.reduce(0) { $0 + weights[$1] / Double(max(1, training.count)) }
        weights = weights.map { $0 / mean }
        guard training.allSatisfy({ weights[$0] < Job.Limits.largestWeight }) else {
            throw RunError(
                .badData,
                "a training row's weight is \(Int(Job.Limits.largestWeight)) times the mean or more: its derivative would not keep its "
                    + "bound; even out train.sample-weights or train.class-weights")
        }
        return weights
    }
}

extension Job.ClassWeights {
    /// A factor for each class, counted from 0.
    fileprivate func factors(_ job: Job, truth: [Double], labels classes: [String]) throws(RunError) -> [Double] {
        let labels = job.model.target == .binary ? ["0", "1"] : classes
        switch self {
        case .balanced:
            var counts = [Int](repeating: 0, count: labels.count)
            for label in truth { counts[Int(label)] += 1 }
            // As scikit-learn has it: rows / (classes * rows of the class). A class without a training row has nothing to weigh.
            return counts.map { $0 == 0 ? 0 : Double(truth.count) / (Double(labels.count) * Double($0)) }
        case .given(let weights):
            if let stranger = weights.keys.sorted().first(where: { !labels.contains($0) }) {
                throw RunError(.badData, "train.class-weights names '\(stranger)', which is no label of '\(job.label)'")
            }
            return labels.map { weights[$0].flatMap(Job.Limits.decimal) ?? 1 }
        }
    }
}
