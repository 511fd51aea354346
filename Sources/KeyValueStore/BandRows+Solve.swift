internal import CKeyValueStore
package import Cryptography
internal import Glibc

extension BandRows {
    /// A store from which each key reads its value.
    ///
    /// Slots that no equation determines get random bits, else they would tell something of the keys: a solution is
    /// drawn uniformly from all.
    ///
    /// - Parameters:
    ///   - values: One for each key.
    ///   - random: A stream for this store alone. Gives one element for each slot beyond the number of keys,
    ///     the last free slot first; nothing if solving fails.
    /// - Throws: `StoreError.unsolvable`.
    package func solve(_ values: [UInt64], random: RandomStream) throws(StoreError) -> [UInt64] {
        try solve(values, words: 1, random)
    }

    /// The same for values of two words.
    package func solve(wide values: [UInt64], random: RandomStream) throws(StoreError) -> [UInt64] {
        try solve(values, words: 2, random)
    }

    private func solve(_ values: [UInt64], words: Int, _ random: RandomStream) throws(StoreError) -> [UInt64] {
        precondition(values.count == words * count, "Expected a value for each of \(count) keys.")
        var solved = false
        // `substitute` reads beyond the last slot, as far as a band reaches.
        let store = [UInt64](unsafeUninitializedCapacity: words * (slots.count + Slots.band)) { store, initialized in
            store.initialize(repeating: 0)
            guard let place = store.baseAddress else { return }
            let equations = Self.zeroWords(Int(KV_BAND_WORDS) * slots.count)
            defer { free(equations) }
            solved = kv_eliminate(place, equations, rows, count, values, words) == count
            guard solved else { return }
            let free = Self.words(words * (slots.count - count), random)
            kernels.substitute(place, equations, slots.count, free, words)
            initialized = words * slots.count
        }
        guard solved else { throw .unsolvable(keys: count, slots: slots.count) }
        return store
    }

    /// Memory that the system hands out as zero, to be freed.
    private static func zeroWords(_ count: Int) -> UnsafeMutablePointer<UInt64> {
        guard let memory = calloc(count, MemoryLayout<UInt64>.size) else { preconditionFailure("out of memory") }
        return memory.bindMemory(to: UInt64.self, capacity: count)
    }

    private static func words(_ count: Int, _ random: RandomStream) -> [UInt64] {
        let bytes = random.bytes(8 * count)
        return [UInt64](unsafeUninitializedCapacity: count) { words, initialized in
            UnsafeMutableRawBufferPointer(words).copyBytes(from: bytes)
            initialized = count
        }
    }
}
