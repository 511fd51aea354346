package import Coordination
package import Evaluation

extension Metric {
    /// Where a report has it.
    package var field: WritableKeyPath<PartyReport.Metrics, Double?> {
        switch self {
        case .auc: \.auc
        case .ks: \.ks
        case .logloss: \.logloss
        case .accuracy: \.accuracy
        case .precision: \.precision
        case .recall: \.recall
        case .f1: \.f1
        case .ap: \.ap
        case .brier: \.brier
        case .rmse: \.rmse
        case .mae: \.mae
        case .r2: \.r2
        case .deviance: \.deviance
        }
    }
}
