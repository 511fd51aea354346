internal import Documents
public import Evaluation

extension Job {
    /// When training ends before its last epoch: as the rows that validate say, which are then measured after every epoch.
    public struct EarlyStopping: Hashable, Sendable, Codable {
        /// What is measured on them.
        public var metric: Metric
        /// After so many epochs without a better one training ends.
        public var patience: Int
        /// A decimal text: one is better if it is by more than this.
        public var minimalGain: String
    }
}

extension Job.EarlyStopping {
    /// Reads the `train.early-stopping` section.
    init(_ document: Document) throws(DocumentError) {
        var document = document
        let name = try document.text("metric")
        guard let metric = Metric(rawValue: name) else {
            throw document.error(
                "metric", "'\(name)' is none of \(Metric.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.metric = metric
        patience = try document.optionalInteger("patience", in: Job.Limits.epochs) ?? 3
        minimalGain = try document.decimal("min-delta", default: "0", in: Job.Limits.minimalGain)
        try document.end()
    }

    /// Sentences on what makes no early stopping of a job.
    func problems(of job: Job) -> [String] {
        var problems: [String] = []
        func require(_ condition: Bool, _ problem: String) { if !condition { problems.append(problem) } }
        require(job.evaluate.split?.validation != nil, "train.early-stopping needs evaluate.split with validation rows")
        require(
            metric.isMeasurable(of: job.model.target.subject),
            "train.early-stopping.metric must measure the target '\(job.model.target.rawValue)', \(metric.rawValue) does not"
        )
        require(Job.Limits.epochs.contains(patience), "train.early-stopping.patience must be 1 to 10000")
        require(
            Job.Limits.decimal(minimalGain).map(Job.Limits.minimalGain.contains) ?? false,
            "train.early-stopping.min-delta must be 0 to 1000000")
        return problems
    }

    /// For a person who decides about the job.
    var text: String { "ends after \(patience) epochs without a better \(metric.rawValue) of the rows that validate" }
}

extension Job.Limits {
    static let minimalGain = 0...1e6
}

extension Metric {
    /// Whether more of it is better.
    var growsWithQuality: Bool {
        switch self {
        case .auc, .ks, .accuracy, .precision, .recall, .f1, .ap, .r2: true
        case .logloss, .brier, .rmse, .mae, .deviance: false
        }
    }
}
