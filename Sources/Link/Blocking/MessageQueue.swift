/// Messages between two threads, first in first out, when they arrive, and how much room they take together.
package struct MessageQueue {
    private var messages: [(bytes: [UInt8], due: ContinuousClock.Instant?)] = []
    private var first = 0
    /// The cost of all messages.
    package private(set) var cost = 0

    package init() {}

    /// The room that a message takes: its bytes and what goes with them, so that empty messages do not come for free.
    package static func cost(of message: [UInt8]) -> Int { message.count + 64 }

    /// - Parameter due: When the message arrives, where that is not at once; never before one ahead of it does.
    package mutating func append(_ message: [UInt8], due: ContinuousClock.Instant? = nil) {
        messages.append((message, due))
        cost += Self.cost(of: message)
    }

    /// When the first message arrives; nil where there is none, and where it came at once.
    package var due: ContinuousClock.Instant? { first < messages.count ? messages[first].due : nil }

    /// Takes the first message, whether it is due or not.
    package mutating func removeFirst() -> [UInt8]? {
        guard first < messages.count else { return nil }
        let message = messages[first].bytes
        messages[first].bytes = []
        first += 1
        cost -= Self.cost(of: message)
        // Half of the places are empty: moving the others is paid for by those that left.
        if first * 2 >= messages.count {
            messages.removeFirst(first)
            first = 0
        }
        return message
    }

    package mutating func removeAll() { self = MessageQueue() }
}
