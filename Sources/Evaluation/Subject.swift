extension Metric {
    /// What is predicted, and with that, which metrics make sense.
    public enum Subject: String, CaseIterable, Codable, Sendable {
        /// One of two classes: the probability of class 1.
        case binary
        /// One of several classes: the probability of each.
        case classes
        /// Any number.
        case number
        /// How many, 0 or more: the expected number.
        case count
    }

    /// Whether this metric measures predictions of `subject`.
    ///
    /// `rmse` of probabilities is the root of `brier`.
    public func isMeasurable(of subject: Subject) -> Bool {
        switch self {
        case .auc, .logloss, .accuracy, .precision, .recall, .f1: subject == .binary || subject == .classes
        case .ks, .ap, .brier: subject == .binary
        case .rmse: subject != .classes
        case .mae, .r2: subject == .number || subject == .count
        case .deviance: subject == .count
        }
    }

    /// All that measure predictions of `subject`.
    public static func measurable(of subject: Subject) -> [Metric] {
        allCases.filter { $0.isMeasurable(of: subject) }
    }

    /// Those to measure where nobody says which.
    public static func standard(for subject: Subject) -> [Metric] {
        switch subject {
        case .binary: [.auc, .ks, .logloss, .accuracy]
        case .classes: [.accuracy, .logloss]
        case .number: [.rmse, .mae, .r2]
        case .count: [.deviance, .rmse]
        }
    }
}

extension Metric.Subject: CustomStringConvertible {
    /// In the plural, for sentences.
    public var description: String {
        switch self {
        case .binary: "labels 0 and 1"
        case .classes: "classes"
        case .number: "numbers"
        case .count: "counts"
        }
    }
}
