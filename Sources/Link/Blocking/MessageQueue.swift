/// Messages between two threads, first in first out, and how much room they take together.
package struct MessageQueue {
    private var messages: [[UInt8]] = []
    private var first = 0
    /// The cost of all messages.
    package private(set) var cost = 0

    package init() {}

    /// The room that a message takes: its bytes and what goes with them, so that empty messages do not come for free.
    package static func cost(of message: [UInt8]) -> Int { message.count + 64 }

    package mutating func append(_ message: [UInt8]) {
        messages.append(message)
        cost += Self.cost(of: message)
    }

    package mutating func removeFirst() -> [UInt8]? {
        guard first < messages.count else { return nil }
        let message = messages[first]
        messages[first] = []
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
