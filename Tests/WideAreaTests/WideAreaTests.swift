import Testing
import WideArea

/// Networks as people write them.
@Suite struct WideAreaTests {
    @Test(arguments: [
        ("300mbit,20ms", 300_000_000, Duration.milliseconds(20)),
        ("1gbit,0ms", 1_000_000_000, .zero),
        ("64kbit,1s", 64_000, .seconds(1)),
        ("2.5gbit,0.25s", 2_500_000_000, .milliseconds(250)),
        (".5mbit,0.001ms", 500_000, .microseconds(1)),
        ("1kbit,10s", 1_000, .seconds(10)),
        ("100gbit,10000ms", 100_000_000_000, .seconds(10)),
    ])
    func texts(text: String, bits: Int, roundTrip: Duration) throws {
        let network = try WideArea(text)
        #expect(network == WideArea(bitsPerSecond: bits, roundTrip: roundTrip))
        #expect(try WideArea(network.description) == network, "\(network)")
    }

    @Test(arguments: [
        ("300mbit,20ms", "300mbit,20ms"), ("1000mbit,1500ms", "1gbit,1.5s"), ("0.25mbit,0s", "250kbit,0ms"),
        ("1.5mbit,0.5ms", "1.5mbit,0.5ms"),
    ])
    func descriptions(text: String, description: String) throws {
        #expect(try WideArea(text).description == description)
    }

    @Test(arguments: [
        ("", WideAreaError.notTwoParts("")),
        ("300mbit", .notTwoParts("300mbit")),
        ("300mbit,20ms,1", .notTwoParts("300mbit,20ms,1")),
        ("300,20ms", .notABandwidth("300")),
        ("mbit,20ms", .notABandwidth("mbit")),
        ("300Mbit,20ms", .notABandwidth("300Mbit")),
        ("300 mbit,20ms", .notABandwidth("300 mbit")),
        ("-300mbit,20ms", .notABandwidth("-300mbit")),
        ("1e3mbit,20ms", .notABandwidth("1e3mbit")),
        ("nanmbit,20ms", .notABandwidth("nanmbit")),
        ("1.2.3mbit,20ms", .notABandwidth("1.2.3mbit")),
        ("20ms,300mbit", .notABandwidth("20ms")),
        ("300mbit,20", .notATime("20")),
        ("300mbit,", .notATime("")),
        ("300mbit, 20ms", .notATime(" 20ms")),
        ("300mbit,20us", .notATime("20us")),
        ("300mbit,-1ms", .notATime("-1ms")),
        ("0mbit,20ms", .bandwidthOutOfRange("0mbit")),
        ("0.9kbit,20ms", .bandwidthOutOfRange("0.9kbit")),
        ("100.1gbit,20ms", .bandwidthOutOfRange("100.1gbit")),
        ("99999999999999999999gbit,20ms", .bandwidthOutOfRange("99999999999999999999gbit")),
        ("300mbit,10.001s", .timeOutOfRange("10.001s")),
    ])
    func mistakes(text: String, error: WideAreaError) {
        #expect(throws: error) { try WideArea(text) }
    }

    @Test func mistakesAreExplained() {
        #expect(WideAreaError.notTwoParts("fast").description.contains("'fast'"))
        #expect(WideAreaError.notABandwidth("300").description.contains("kbit, mbit or gbit"))
        #expect(WideAreaError.notATime("20").description.contains("ms or s"))
    }
}
