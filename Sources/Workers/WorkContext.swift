internal import Synchronization

/// What holds for all the work that a thread hands to a ``WorkerPool``, however deep in the call: who may stop it, who
/// watches it, how many cores it gets.
package struct WorkContext: Sendable {
    /// The context of the calling thread.
    @TaskLocal package static var current = WorkContext()

    /// Stops the work.
    package var cancellation: Cancellation?
    /// Told after each part of long batches how many of how many are done; from any thread, so it must be quick.
    package var progress: (@Sendable (_ done: Int, _ of: Int) -> Void)?
    /// The most threads for one batch; nil for as many as there are cores.
    package var threads: Int?

    /// Nothing out of the ordinary.
    package init(
        cancellation: Cancellation? = nil, progress: (@Sendable (_ done: Int, _ of: Int) -> Void)? = nil,
        threads: Int? = nil
    ) {
        self.cancellation = cancellation
        self.progress = progress
        self.threads = threads
    }

    /// Whether the work is to stop.
    package var isCancelled: Bool { cancellation?.isCancelled ?? false }

    /// The same for part `index` of `count` parts of equal length: its progress is told as progress of the whole.
    package func part(_ index: Int, of count: Int) -> WorkContext {
        var context = self
        if let progress {
            context.progress = { done, parts in progress(index * parts + done, count * parts) }
        }
        return context
    }

    /// Runs `body` under this context.
    package func run<Output, Failure: Error>(_ body: () throws(Failure) -> Output) throws(Failure) -> Output {
        try Self.$current.withValue(self) { Result(catching: body) }.get()
    }
}

extension Result {
    /// For functions that only rethrow `any Error`.
    fileprivate init(catching body: () throws(Failure) -> Success) {
        do { self = .success(try body()) } catch { self = .failure(error) }
    }
}

/// Says to work under way that nobody wants its result any more.
package final class Cancellation: Sendable {
    private let flag = Atomic(false)

    package init() {}

    /// Whether ``cancel()`` was called.
    package var isCancelled: Bool { flag.load(ordering: .relaxed) }

    /// Stops the work at its next step; cannot be taken back.
    package func cancel() { flag.store(true, ordering: .relaxed) }
}
