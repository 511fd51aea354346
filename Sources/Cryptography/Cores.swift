internal import Workers

/// Elements computed a run at a time on all cores: `body` fills each run of at most `run` places, starting at the given index.
func inParallel<Element>(
    count: Int, run: Int, _ body: @Sendable (Int, UnsafeMutableBufferPointer<Element>) -> Void
) -> [Element] {
    // Unsafe: `body` answers for filling its whole run. Elements without a value yet would have to be optional.
    [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
        nonisolated(unsafe) let buffer = buffer  // Every place is written by exactly one iteration.
        // Nobody may cancel it: all places get a value.
        let everything = WorkContext(threads: WorkContext.current.threads)
        _ = everything.run {
            WorkerPool.shared.run(count: (count + run - 1) / run) { index in
                let start = index * run
                body(start, UnsafeMutableBufferPointer(rebasing: buffer[start..<min(start + run, count)]))
            }
        }
        initialized = count
    }
}
