/// Independent computations, spread over the machine's cores.
package enum Parallel {
    /// `[body(0), ..., body(count - 1)]`, computed on the shared pool in any order; nil if the work was cancelled.
    package static func map<Element: Sendable>(
        count: Int, reportsProgress: Bool = false, _ body: @Sendable (Int) -> Element
    ) -> [Element]? {
        var elements = [Element?](repeating: nil, count: count)
        let isComplete = elements.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let places = buffer  // every index is written by exactly one call
            return WorkerPool.shared.run(count: count, reportsProgress: reportsProgress) { places[$0] = body($0) }
        }
        guard isComplete else { return nil }
        return elements.map { element in
            guard let element else { preconditionFailure("a complete batch visits every index") }
            return element
        }
    }
}
