internal import Dispatch

/// Plain threads for work that blocks.
package enum Threads {
    /// Runs `body` once for every key, each on a thread of its own, and waits for all.
    package static func run<Key: Hashable & Sendable, Output: Sendable>(
        _ keys: some Sequence<Key>, _ body: @escaping @Sendable (Key) throws -> Output
    ) -> [Key: Result<Output, any Error>] {
        let results = Monitor<[Key: Result<Output, any Error>]>([:])
        let group = DispatchGroup()
        for key in keys {
            // A serial queue of its own: a concurrent one may start fewer threads than there are blocks that wait for each other.
            DispatchQueue(label: "\(key)").async(group: group) {
                let result = Result { try body(key) }
                results.withLock { $0[key] = result }
            }
        }
        group.wait()
        return results.withLock { $0 }
    }
}
