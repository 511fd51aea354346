internal import Glibc
internal import Link
internal import Models
internal import Tables

/// What the label party predicts, row by row of the common order.
struct Targets: Sendable {
    /// As the model sees them: 0 or 1, a class counted from 0, a standardised number, a count.
    let values: [Double]
    /// As metrics see them.
    let truth: [Double]
    /// What leads from one to the other.
    let scale: TargetScale
    /// Positions without a label, where both values mean nothing: decoys. Their derivative is zero, and no metric counts them.
    let absent: Set<Int>

    /// By position, how much a row's loss counts; `nil` where all count alike.
    let importance: [Double]?

    /// Those of some positions that have a label.
    func present(_ positions: some Sequence<Int>) -> RowNumbers {
        absent.isEmpty ? RowNumbers(positions) : RowNumbers(positions.filter { !absent.contains($0) })
    }

    /// What each row's loss counts, so that a batch's mean is over the rows that have a label; `nil` where all have one and count
    /// alike.
    func weights(_ positions: [Int]) -> [Double]? {
        guard importance != nil || !absent.isEmpty else { return nil }
        let present = positions.count { !absent.contains($0) }
        let weight = present == 0 ? 0 : Double(positions.count) / Double(present)
        return positions.map { absent.contains($0) ? 0 : weight * (importance?[$0] ?? 1) }
    }
}

/// How predictions are read: saved with the label party's half of a model.
struct TargetScale: Codable, Hashable, Sendable {
    /// What is predicted.
    let target: Target
    /// Of numbers over the training rows; 0 for everything else.
    var mean = 0.0
    /// Of numbers over the training rows; 1 for everything else.
    var deviation = 1.0
    /// The labels of classes, in their order.
    var classes: [String] = []
    /// The first bias of each output of the model: what a constant prediction would be.
    var bias: [Double]

    /// Numbers as they were before they were standardised; probabilities and counts as they are.
    func restore(_ predictions: [Double]) -> [Double] {
        target == .number ? predictions.map { $0 * deviation + mean } : predictions
    }
}

extension Targets {
    /// Reads the labels of rows.
    ///
    /// - Parameters:
    ///   - rows: of the table, in the common order.
    ///   - training: the places among them that are trained on.
    /// - Throws: `TablesError`; ``RunError`` where labels do not fit the job or do not vary.
    init(_ dataset: Dataset, _ job: Job, rows aligned: AlignedRows, training: RowNumbers) throws {
        let rows = aligned.rows(at: aligned.indices)
        let (table, column, target) = (dataset.table, job.label, job.model.target)
        var scale = TargetScale(target: target, bias: Array(repeating: 0, count: job.model.classes))
        let truth: [Double]
        switch target {
        case .binary: truth = try table.binaryLabels(column, rows: rows)
        case .classes:
            scale.classes = try table.classes(column)
            guard scale.classes.count == job.model.classes else {
                throw RunError(
                    .badData,
                    "label '\(column)' has \(scale.classes.count) classes; the job says model.classes: \(job.model.classes)"
                )
            }
            truth = try table.classLabels(column, classes: scale.classes, rows: rows)
        case .number: truth = try table.targets(column, rows: rows)
        case .count: truth = try table.counts(column, rows: rows)
        }
        let absent = Set(aligned.absent)
        var labels = truth.makeIterator()
        let all = aligned.map { $0 == nil ? 0 : labels.next() ?? 0 }
        let learned = training.filter { !absent.contains($0) }
        let trained = learned.map { all[$0] }
        let count = Double(max(trained.count, 1))
        let mean = trained.reduce(0) { $0 + $1 / count }
        let deviation = trained.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / count }.squareRoot()
        guard deviation > 0, deviation.isFinite else {
            throw RunError(
                .oneClassLabels,
                "label '\(column)' is the same in all \(trained.count) training rows: nothing can be learned; align more rows or "
                    + "choose another label")
        }
        switch target {
        case .binary, .classes: break
        case .number: (scale.mean, scale.deviation) = (mean, deviation)
        case .count: scale.bias = [log(mean)]
        }
        importance = try Self.importance(
            table, job, rows: aligned, truth: all, classes: scale.classes, training: learned)
        self.truth = all
        self.absent = absent
        values = target == .number ? all.map { ($0 - mean) / deviation } : all
        self.scale = scale
    }
}
