internal import Cryptography

/// A chain of SHA-256 over one history's events: whoever kept something of the first so many of them sees by the value after these whether
/// they are still the same.
///
/// Each value is the hash of the value before, 32 zeros at first, and of the event as a tower sees it: its codes, its numbers and the time
/// since the event before, little-endian. So it goes on from a value without the events before it.
public struct EventChain: Hashable, Sendable {
    /// After the events so far: 32 bytes.
    public private(set) var value: [UInt8]

    /// After no event.
    public init() { value = Array(repeating: 0, count: SHA256.byteCount) }

    /// Goes on from a value.
    public init(after value: [UInt8]) {
        precondition(value.count == SHA256.byteCount, "a value of a chain")
        self.value = value
    }

    /// Adds events of an entity, counted from its first.
    public mutating func add(_ events: Range<Int>, of entity: Int, in histories: EventHistories) {
        let start = histories.starts[entity]
        precondition(events.lowerBound >= 0 && start + events.upperBound <= histories.starts[entity + 1], "its events")
        var message: [UInt8] = []
        for event in events {
            message.removeAll(keepingCapacity: true)
            message += value
            for codes in histories.codes { message.append(number: UInt32(bitPattern: codes[start + event])) }
            for numbers in histories.numbers { message.append(number: numbers[start + event].bitPattern) }
            // Nothing is before the first.
            message.append(number: (event == 0 ? 0 : histories.gaps[start + event]).bitPattern)
            value = SHA256.hash(message)
        }
    }

    /// What stands for ``value`` where more is still to come: of no chain's message that length.
    var unfinished: [UInt8] { SHA256.hash(value + [1]) }
}

extension EventHistories {
    /// The value of an entity's ``EventChain`` after its first so many events.
    public func fingerprint(of entity: Int, after events: Int) -> [UInt8] {
        var chain = EventChain()
        chain.add(0..<events, of: entity, in: self)
        return chain.value
    }
}

extension [UInt8] {
    fileprivate mutating func append(number: UInt32) {
        for shift in [UInt32(0), 8, 16, 24] { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}
