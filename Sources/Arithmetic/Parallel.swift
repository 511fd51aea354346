import Dispatch

/// Work spread over the machine's cores.
public enum Parallel {
    /// `[body(0), ..., body(count - 1)]`, computed on all cores in any order; returns when all are done.
    ///
    /// - Throws: the error of the lowest index that failed, so that a failure does not depend on scheduling.
    public static func map<Element: Sendable, Failure: Error>(
        count: Int, _ body: @Sendable (Int) throws(Failure) -> Element
    ) throws(Failure) -> [Element] {
        var results = [Result<Element, Failure>?](repeating: nil, count: count)
        results.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let slots = buffer  // every index is written by exactly one iteration
            DispatchQueue.concurrentPerform(iterations: count) { index in
                slots[index] = Result { () throws(Failure) in try body(index) }
            }
        }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for result in results {
            guard let result else { preconditionFailure("concurrentPerform visits every index") }
            elements.append(try result.get())
        }
        return elements
    }
}
