internal import CKeyValueStore
internal import Cryptography

/// The rows that keys have in a random band matrix under a seed: what solving a store and reading from it take.
///
/// Made once for a set of keys, then used for every store under the same seed and with the same slots. 48 bytes a key.
///
/// A *key* is 32 bytes, a hash: rows are pseudorandom only if keys were fixed before the seed was drawn. Elements of a
/// store are words of 64 bits, or *wide*: two words, the low one first. All lists are in the order of the keys.
///
/// - Leaks: time and addresses follow where the keys' rows start, and, in ``solve(_:random:)``, their bands. Values
///   leave no trace in either. Nothing is wiped: rows say no more than the keys, which their owner holds anyway.
/// - Source: Bienstock, Patel, Seo, Yeo, *Near-optimal oblivious key-value stores for efficient PSI, PSU and
///   volume-hiding multi-maps*, USENIX Security 2023.
package struct BandRows: Sendable {
    /// The length of a key in bytes.
    package static let keyBytes = RowHash.keyBytes
    /// The length of a seed in bytes.
    package static let seedBytes = BlockCipher.keyBytes

    /// The slots of the stores that the rows are for.
    package let slots: Slots
    /// A pseudorandom word for each key, independent of its row: h(x), what a store gives back for a key that it was
    /// solved for.
    package let values: [UInt64]
    /// Sorted by start, so that neighbours read the same slots.
    let rows: [kv_row]
    private let path: KernelPath

    /// The number of keys.
    package var count: Int { rows.count }

    var kernels: kv_kernels {
        guard let kernels = path.kernels else { preconditionFailure("This machine has no \(path.rawValue) kernels.") }
        return kernels
    }

    /// - Parameters:
    ///   - keys: 32 bytes each, one behind the other; at most ``Slots/keyLimit`` keys.
    ///   - seed: 16 bytes, drawn after the keys were fixed, and for one store. Not secret.
    ///   - slots: Those of the store, which need not be for as many keys.
    /// - Throws: `StoreError.repeatedKey`.
    package init(
        keys: [UInt8], seed: [UInt8], slots: Slots, path: KernelPath = .fastest
    ) throws(StoreError) {
        precondition(keys.count.isMultiple(of: Self.keyBytes), "Expected keys of 32 bytes.")
        precondition(keys.count / Self.keyBytes <= Slots.keyLimit, "Expected at most \(Slots.keyLimit) keys.")
        self.path = path
        self.slots = slots
        let hash = RowHash(seed: seed)
        let (order, values) = Self.heads(of: keys, hash, slots)
        self.values = values
        rows = Self.rows(of: keys, hash, order, slots)
        guard !Self.repeats(rows) else { throw .repeatedKey(keys: rows.count) }
    }

    /// Block 0 of each key: the low word, scaled, is where its row starts, the high word is its value.
    private static func heads(of keys: [UInt8], _ hash: RowHash, _ slots: Slots) -> (RowOrder, values: [UInt64]) {
        let count = keys.count / keyBytes, starts = UInt64(slots.starts)
        var entries = [UInt64](repeating: 0, count: count)
        var values = entries
        keys.withUnsafeBytes { keys in
            for first in stride(from: 0, to: count, by: RowHash.run) {
                let run = min(RowHash.run, count - first)
                let blocks = hash(0..<1, of: keys, count: run) { first + $0 }
                for j in 0..<run {
                    let start = starts.multipliedFullWidth(by: blocks[2 * j]).high
                    entries[first + j] = RowOrder.entry(start: start, index: first + j)
                    values[first + j] = blocks[2 * j + 1]
                }
            }
        }
        return (RowOrder(sorting: entries, starts: slots.starts), values)
    }

    /// Blocks 1 and 2 of each key, its band, in the rows' order.
    private static func rows(
        of keys: [UInt8], _ hash: RowHash, _ order: RowOrder, _ slots: Slots
    ) -> [kv_row] {
        let entries = order.entries
        let masks = (0..<4).map { word -> UInt64 in
            let bits = min(max(slots.width - 64 * word, 0), 64)
            return bits == 64 ? .max : 1 << bits - 1
        }
        let mask = (masks[0], masks[1], masks[2], masks[3])
        return [kv_row](unsafeUninitializedCapacity: entries.count) { rows, initialized in
            keys.withUnsafeBytes { keys in
                for first in stride(from: 0, to: entries.count, by: RowHash.run) {
                    let run = min(RowHash.run, entries.count - first)
                    var band = hash(1..<3, of: keys, count: run) { Int(RowOrder.index(entries[first + $0])) }
                    for entry in entries[first..<first + run] {
                        let row = kv_row(
                            band: (band[0] & mask.0, band[1] & mask.1, band[2] & mask.2, band[3] & mask.3),
                            start: RowOrder.start(entry), origin: RowOrder.index(entry))
                        rows.initializeElement(at: initialized, to: row)
                        initialized += 1
                        band += 4
                    }
                }
            }
        }
    }

    /// Whether two rows are the same: those of different keys are with probability 2^-276 or so.
    private static func repeats(_ rows: [kv_row]) -> Bool {
        for index in rows.indices {
            // Sorted, so all rows with one start are neighbours.
            for other in rows[..<index].reversed() {
                guard other.start == rows[index].start else { break }
                if other.band == rows[index].band { return true }
            }
        }
        return false
    }
}
