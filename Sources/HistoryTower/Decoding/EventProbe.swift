/// What one more event of an entity takes, with the share that its store's budget allows and with all that is in sight.
public struct EventProbe: Hashable, Codable, Sendable {
    /// Events that are kept.
    public var events: Int
    /// Seconds of the event with a share; the median of some rounds.
    public var secondsOfShare: Double
    /// Seconds with all in sight.
    public var secondsOfAll: Double
    /// The length of the outputs' difference over that of the outputs with all in sight.
    public var difference: Double
}

extension CachedTower {
    /// Computes an entity's last event as if it came once more, again and again; nothing of it is kept.
    ///
    /// - Parameters:
    ///   - entity: One that the store knows, up to its last event.
    ///   - name: What the store calls it.
    /// - Throws: ``HistoryTowerError/table(path:field:problem:)``, and what the store throws.
    public func probe(
        _ histories: EventHistories, _ entity: Int, called name: [UInt8], rounds: Int = 9
    ) throws -> EventProbe {
        let last = histories.starts[entity + 1] - histories.starts[entity] - 1
        let cache = try store.history(of: name)
        precondition(last >= 0 && cache.count == last + 1, "an entity that is up to date")
        var outputs: [Bool: [Float]] = [:]
        var seconds: [Bool: [Double]] = [:]
        for _ in 0..<max(1, rounds) {
            // In turn, so that what else the machine does meets both.
            for isExact in [false, true] {
                let start = ContinuousClock.now
                let given = try decoder.advance(
                    histories, of: entity, events: last..<last + 1, over: cache, exact: isExact)
                seconds[isExact, default: []].append((ContinuousClock.now - start) / .seconds(1))
                outputs[isExact] = (0..<tower.shape.outputs).map { given[$0] }
            }
        }
        func median(_ isExact: Bool) -> Double {
            let sorted = (seconds[isExact] ?? []).sorted()
            return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
        }
        let (share, all) = (outputs[false] ?? [], outputs[true] ?? [])
        let square = { (numbers: [Float]) in numbers.reduce(0.0) { $0 + Double($1) * Double($1) } }
        let difference = square(zip(share, all).map { $0 - $1 })
        return EventProbe(
            events: cache.count, secondsOfShare: median(false), secondsOfAll: median(true),
            difference: difference == 0 ? 0 : (difference / square(all)).squareRoot())
    }
}
