import Testing
import WideArea

/// When bytes arrive, computed without waiting.
@Suite struct ShaperTests {
    private let start = ContinuousClock.now
    /// A byte takes a microsecond, and 10 ms to get there.
    private var shaper = Shaper(WideArea(bitsPerSecond: 8_000_000, roundTrip: .milliseconds(20)))

    @Test mutating func oneMessageTakesItsBytesAndHalfTheRoundTrip() {
        #expect(shaper.send(5_000, at: start) == start + .milliseconds(15))
    }

    @Test mutating func nothingTakesHalfTheRoundTrip() {
        #expect(shaper.send(0, at: start) == start + .milliseconds(10))
    }

    @Test mutating func whatComesWhileTheLineIsBusyWaits() {
        #expect(shaper.send(5_000, at: start) == start + .milliseconds(15))
        #expect(shaper.send(1_000, at: start) == start + .milliseconds(16))
        #expect(shaper.send(0, at: start + .milliseconds(2)) == start + .milliseconds(16))
        #expect(shaper.send(2_000, at: start + .milliseconds(5)) == start + .milliseconds(18))
    }

    /// The way there is no part of what keeps a line busy.
    @Test mutating func aLineIsFreeWhenTheLastByteHasLeft() {
        #expect(shaper.send(5_000, at: start) == start + .milliseconds(15))
        #expect(shaper.send(1_000, at: start + .milliseconds(6)) == start + .milliseconds(17))
    }

    @Test mutating func idleTimeIsNotSaved() {
        #expect(shaper.send(1_000, at: start) == start + .milliseconds(11))
        let later = start + .seconds(60)
        #expect(shaper.send(3_000, at: later) == later + .milliseconds(13))
        #expect(shaper.send(3_000, at: later) == later + .milliseconds(16))
    }

    @Test func piecesTakeAsLongAsTheWhole() {
        let network = WideArea(bitsPerSecond: 300_000_000, roundTrip: .milliseconds(20))
        var (whole, pieces) = (Shaper(network), Shaper(network))
        let expected = whole.send(37_500_000, at: start)
        #expect(expected == start + .milliseconds(1_010))
        var last = start
        for _ in 0..<37_500 { last = pieces.send(1_000, at: start) }
        #expect(last <= expected && expected - last < .nanoseconds(1), "each piece rounds by less than 10^-18 s")
    }

    @Test func asMuchIsInFlightAsLeavesInHalfARoundTrip() {
        #expect(WideArea(bitsPerSecond: 300_000_000, roundTrip: .milliseconds(20)).bytesInFlight == 375_000)
        #expect(WideArea(bitsPerSecond: 300_000_000, roundTrip: .zero).bytesInFlight == 0)
    }
}
