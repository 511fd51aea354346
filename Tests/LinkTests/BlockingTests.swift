import Link
import Testing

@Suite struct BlockingTests {
    @Test func waitsEndAtTheirDeadline() {
        let monitor = Monitor(0)
        let start = ContinuousClock.now
        let never: Int? = monitor.wait(until: start + .milliseconds(60)) { $0 == 1 ? $0 : nil }
        #expect(never == nil)
        #expect(ContinuousClock.now - start >= .milliseconds(59))
    }

    @Test func changesWakeThoseWhoWait() throws {
        let monitor = Monitor(0)
        let results = Threads.run([0, 1, 2]) { turn in
            // Each waits for the one before it; whatever the order they start in, all get through.
            monitor.wait(until: .now + .seconds(20)) { (value: inout Int) -> Int? in
                guard value == turn else { return nil }
                value += 1
                return turn
            }
        }
        for turn in 0...2 { #expect(try results[turn]?.get() == turn) }
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func queuesKeepOrderAndCount(seed: UInt64) {
        var queue = MessageQueue()
        var expected: [[UInt8]] = []
        var state = seed
        for step in 0..<500 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            if state >> 60 < 9 {
                let message = [UInt8](repeating: UInt8(step & 0xFF), count: Int(state >> 40 & 31))
                queue.append(message)
                expected.append(message)
            } else {
                #expect(queue.removeFirst() == (expected.isEmpty ? nil : expected.removeFirst()))
            }
            #expect(queue.cost == expected.reduce(0) { $0 + MessageQueue.cost(of: $1) })
        }
        while let message = queue.removeFirst() { #expect(message == expected.removeFirst()) }
        #expect(expected.isEmpty)
    }
}
