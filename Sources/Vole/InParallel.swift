internal import Workers

/// `[body(0), ..., body(count - 1)]`, computed on all cores that the calling thread's ``WorkContext`` allows. Nobody may cancel it:
/// all elements get a value.
func inParallel<Element: Sendable>(count: Int, _ body: @Sendable (Int) -> Element) -> [Element] {
    let everything = WorkContext(threads: WorkContext.current.threads)
    guard let elements = everything.run({ Parallel.map(count: count, body) }) else {
        preconditionFailure("work without a cancellation was cancelled")
    }
    return elements
}
