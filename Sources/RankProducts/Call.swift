internal import Dispatch
internal import Specification
internal import Synchronization
internal import Workers

/// A request under way, on a thread of its own: whoever waits for it may stop waiting.
final class Call: Sendable {
    typealias Outcome = Result<[ProductAnswer], any Error>

    private let outcome = Mutex<Outcome?>(nil)
    private let isOver = DispatchSemaphore(value: 0)

    func end(with outcome: Outcome) {
        self.outcome.withLock { $0 = outcome }
        isOver.signal()
    }

    /// - Returns: `nil` where the work was cancelled before the answer came.
    func wait(while context: WorkContext) -> Outcome? {
        while isOver.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
            if context.isCancelled { return nil }
        }
        return outcome.withLock { $0 }
    }

    /// One answer of each rank.
    static func answers(
        to orders: ProductRequest, of ranks: Int, _ request: ([UInt8]) throws -> [UInt8]
    ) -> Outcome {
        Result {
            try RankBytes.decoded(request(orders.encoded), count: ranks).map(ProductAnswer.init(decoding:))
        }
    }
}
