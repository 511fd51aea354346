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
    /// The most threads for one batch; nil for as many as there are cores. Where there is a ``share``, not more than it has now.
    package var threads: Int? {
        get { share.map { min($0.cores, most ?? .max) } ?? most }
        set { most = newValue }
    }
    private var most: Int?
    /// What other work of this process leaves to this one.
    package var share: CoreShare?

    /// Nothing out of the ordinary.
    package init(
        cancellation: Cancellation? = nil, progress: (@Sendable (_ done: Int, _ of: Int) -> Void)? = nil,
        threads: Int? = nil, share: CoreShare? = nil
    ) {
        self.cancellation = cancellation
        self.progress = progress
        self.most = threads
        self.share = share
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

/// How many cores a piece of work has among others; it may change while the work goes on, and then holds from the next batch.
package final class CoreShare: Sendable {
    private let count: Atomic<Int>
    /// Threads of the pool that work on its batches, inner ones' too, beside the thread that handed in the outermost one.
    private let helpers = Atomic(0)

    /// - Parameter cores: At least 1.
    package init(_ cores: Int) { count = Atomic(max(1, cores)) }

    /// Whether one more thread of the pool may join. The pool asks and counts under its own lock.
    var hasRoom: Bool { helpers.load(ordering: .relaxed) < cores - 1 }
    func join() { helpers.add(1, ordering: .relaxed) }
    func leave() { helpers.subtract(1, ordering: .relaxed) }

    package var cores: Int {
        get { count.load(ordering: .relaxed) }
        set { count.store(max(1, newValue), ordering: .relaxed) }
    }

    /// Divides cores among several: their sum is `cores`, but each has one at least.
    package static func divide(_ cores: Int, among shares: [CoreShare]) {
        for (index, share) in shares.enumerated() {
            share.cores = cores / shares.count + (index < cores % shares.count ? 1 : 0)
        }
    }
}
