internal import CKeyValueStore

extension BandRows {
    /// What each key reads from a store: its value if the store was solved for it, otherwise a word that looks random.
    ///
    /// Linear: reading from the sum of two stores gives the sums of what is read from each.
    ///
    /// - Parameter store: An element for each slot.
    package func decode(_ store: [UInt64]) -> [UInt64] {
        decode(store, words: 1)
    }

    /// The same for elements of two words.
    package func decode(wide store: [UInt64]) -> [UInt64] {
        decode(store, words: 2)
    }

    private func decode(_ store: [UInt64], words: Int) -> [UInt64] {
        precondition(store.count == words * slots.count, "Expected a store of \(slots.count) slots.")
        return [UInt64](unsafeUninitializedCapacity: words * count) { values, initialized in
            // Origins are all places once, so that everything gets written. No place, no row.
            if let place = values.baseAddress { kernels.decode(place, store, rows, count, words) }
            initialized = words * count
        }
    }
}
