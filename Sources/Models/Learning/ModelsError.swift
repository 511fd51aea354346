/// Why a model cannot be made or trained further. Names and sizes, never data.
public enum ModelsError: Error, Equatable {
    /// A loss, an opened value, a gradient or a parameter is no finite number any more.
    case diverged
    /// What is described makes no model.
    case noModel(problems: [String])
    /// Saved parameters are not those of the model that is described.
    case parameters(problem: String)
}

extension ModelsError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .diverged: "training diverged: a value is not finite any more; lower train.optimizer.rate"
        case .noModel(let problems): problems.joined(separator: "; ")
        case .parameters(let problem): "parameters do not fit the model: \(problem)"
        }
    }
}
