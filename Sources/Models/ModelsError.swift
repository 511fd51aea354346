/// Why a model cannot be trained further.
public enum ModelsError: Error, Equatable {
    /// A loss, an opened value or a gradient is no finite number any more.
    case diverged
}

extension ModelsError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .diverged: "training diverged: a value is not finite any more; lower train.optimizer.rate"
        }
    }
}
