/// Messages between two threads, first in first out, and how many bytes they hold together.
package struct MessageQueue {
    private var messages: [[UInt8]] = []
    private var first = 0
    /// The bytes of all messages.
    package private(set) var byteCount = 0

    package init() {}

    package mutating func append(_ message: [UInt8]) {
        messages.append(message)
        byteCount += message.count
    }

    package mutating func removeFirst() -> [UInt8]? {
        guard first < messages.count else { return nil }
        let message = messages[first]
        messages[first] = []
        first += 1
        byteCount -= message.count
        // Half of the places are empty: moving the others is paid for by those that left.
        if first * 2 >= messages.count {
            messages.removeFirst(first)
            first = 0
        }
        return message
    }

    package mutating func removeAll() { self = MessageQueue() }
}
