public import Tiers

/// Why training out of core cannot begin or go on. Holds names, numbers and folders, never what is stored.
public enum OutOfCoreError: Error, Equatable {
    /// The disk below a ``LayerUpdater`` failed while it was updating a layer. Nothing more is applied.
    case layer(name: String, cause: TierError)
    /// The disk below a ``PagedTable`` failed, or one of its earlier writes did: these rows cannot be had.
    case rows(Range<Int>, cause: TierError)
    /// A file of pages or a thread cannot be had.
    case storage(cause: TierError)
    /// A table's budget holds not a single page, in bytes.
    case budget(needed: Int, given: Int)
}

extension OutOfCoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .layer(let name, let cause):
            "the optimiser's state of layer \(name) is lost, and training has to begin again from its last saved model: "
                + "\(cause)"
        case .rows(let rows, let cause):
            "rows \(rows.lowerBound) to \(rows.upperBound - 1) of a table are lost, and training has to begin again from "
                + "its last saved model: \(cause)"
        case .storage(let cause): "training out of core cannot begin: \(cause)"
        case .budget(let needed, let given):
            "a table's budget is \(given) bytes, and the least that holds a page and the list of all pages is \(needed); "
                + "give it more, or make its pages larger where there are very many, smaller where there are few"
        }
    }
}
