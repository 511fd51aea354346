/// Why there is no store for a set of keys. Cases carry counts, never keys or values.
package enum StoreError: Error, Equatable {
    /// Rows depend on each other, by chance: with the probability that ``Slots`` states. Everything is to be drawn
    /// anew.
    case unsolvable(keys: Int, slots: Int)
    /// Some key is there twice; a new seed does not help.
    case repeatedKey(keys: Int)
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unsolvable(let keys, let slots):
            "The equations of \(keys) keys in \(slots) slots depend on each other under this seed."
        case .repeatedKey(let keys):
            "Expected \(keys) different keys, found one of them twice."
        }
    }
}
