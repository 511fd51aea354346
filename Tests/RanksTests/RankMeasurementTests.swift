import Foundation
import Ranks
import Testing

@Suite struct RankMeasurementTests {
    @Test func lineIsFound() {
        let samples = [1 << 10, 1 << 14, 1 << 20, 1 << 24].map { bytes in
            RankMeasurement.Sample(bytes: bytes, seconds: 3e-5 + 2e-10 * Double(bytes))
        }
        let line = RankMeasurement.Line(.allReduce, fitting: samples)
        #expect(abs(line.latency - 3e-5) < 1e-12)
        #expect(abs(line.secondsPerByte - 2e-10) < 1e-17)
        #expect(abs(line.seconds(bytes: 1 << 22) - (3e-5 + 2e-10 * Double(1 << 22))) < 1e-10)
    }

    /// Against the least sum of squared relative errors among lines near by.
    @Test func lineIsTheBest() {
        let times = [4e-5, 3.1e-5, 3e-4, 2.9e-3]
        let samples = zip([1 << 10, 1 << 14, 1 << 20, 1 << 24], times).map {
            RankMeasurement.Sample(bytes: $0, seconds: $1)
        }
        let line = RankMeasurement.Line(.message, fitting: samples)
        func error(_ latency: Double, _ slope: Double) -> Double {
            samples.reduce(0) { sum, sample in
                let relative = (latency + slope * Double(sample.bytes)) / sample.seconds - 1
                return sum + relative * relative
            }
        }
        let best = error(line.latency, line.secondsPerByte)
        for change in [0.99, 1.01] {
            #expect(error(line.latency * change, line.secondsPerByte) > best)
            #expect(error(line.latency, line.secondsPerByte * change) > best)
        }
    }

    @Test func nothingIsNegative() {
        let falling = RankMeasurement.Line(
            .message, fitting: [.init(bytes: 1000, seconds: 2e-5), .init(bytes: 2000, seconds: 1e-5)])
        #expect(falling.secondsPerByte == 0)
        #expect(falling.latency > 1e-5 && falling.latency < 2e-5)
        let steep = RankMeasurement.Line(
            .message, fitting: [.init(bytes: 1000, seconds: 1e-6), .init(bytes: 2000, seconds: 1e-5)])
        #expect(steep.latency == 0 && steep.secondsPerByte > 0)
        let single = RankMeasurement.Line(.message, fitting: [.init(bytes: 1000, seconds: 1e-6)])
        #expect(single.latency == 1e-6 && single.secondsPerByte == 0)
    }

    @Test(arguments: [1, 3]) func groupsAreMeasured(count: Int) throws {
        let found = try ThreadRanks.run(count) { ranks in
            try RankMeasurement.measure(on: ranks, sizes: [60_000, 1200], repetitions: 3)
        }
        #expect(found.allSatisfy { $0 == found[0] })
        #expect(found[0].ranks == count)
        #expect(found[0].lines.map(\.kind) == RankMeasurement.Kind.allCases.filter { $0 != .message || count > 1 })
        for line in found[0].lines {
            #expect(line.samples.map(\.bytes) == [1200, 60_000])
            #expect(line.samples.allSatisfy { $0.seconds > 0 })
        }
        let again = try JSONDecoder().decode(RankMeasurement.self, from: try JSONEncoder().encode(found[0]))
        #expect(again == found[0])
    }
}
