/// A slow network between parties: every two of them have a line of their own in each direction, as fast and as long as all others.
public struct WideArea: Hashable, Sendable {
    /// The bandwidths that are allowed, in bits a second.
    public static let bandwidths = 1_000...100_000_000_000
    /// The longest round trip that is allowed.
    public static let longestRoundTrip = Duration.seconds(10)

    /// How much a line carries in one direction, in bits a second; a kilobit is 1,000 bits.
    public let bitsPerSecond: Int
    /// There and back: a message is under way for half of it, and for the time that its bits take.
    public let roundTrip: Duration

    /// - Parameters:
    ///   - bitsPerSecond: Within ``bandwidths``.
    ///   - roundTrip: From zero to ``longestRoundTrip``.
    public init(bitsPerSecond: Int, roundTrip: Duration) {
        precondition(Self.bandwidths.contains(bitsPerSecond), "a line has a bandwidth")
        precondition((.zero...Self.longestRoundTrip).contains(roundTrip), "a round trip has an end")
        self.bitsPerSecond = bitsPerSecond
        self.roundTrip = roundTrip
    }

    /// How many bytes of one direction have left and not arrived, on a line that is always busy.
    public var bytesInFlight: Int { Int(roundTrip / .seconds(2) * Double(bitsPerSecond) / 8) }
}

extension WideArea: CustomStringConvertible {
    private static let bandwidthUnits = [("gbit", 1e9), ("mbit", 1e6), ("kbit", 1e3)]
    /// In nanoseconds, the finest that a time is kept in.
    private static let timeUnits = [("s", 1e9), ("ms", 1e6)]

    /// Reads a bandwidth and a round-trip time: `300mbit,20ms`, `1.5gbit,0.2s`. Units are kbit, mbit, gbit; ms, s.
    public init(_ text: String) throws(WideAreaError) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { throw .notTwoParts(text) }
        guard let bandwidth = Self.amount(parts[0], Self.bandwidthUnits) else { throw .notABandwidth(parts[0]) }
        guard let time = Self.amount(parts[1], Self.timeUnits) else { throw .notATime(parts[1]) }
        guard let bits = Int(exactly: bandwidth), Self.bandwidths.contains(bits) else {
            throw .bandwidthOutOfRange(parts[0])
        }
        guard time <= Self.longestRoundTrip / .nanoseconds(1) else { throw .timeOutOfRange(parts[1]) }
        self.init(bitsPerSecond: bits, roundTrip: .nanoseconds(Int64(time)))
    }

    /// What ``init(_:)`` reads, in the largest units that leave no number below 1.
    public var description: String {
        func text(_ amount: Double, _ units: [(name: String, size: Double)]) -> String {
            let unit = units.first { amount >= $0.size } ?? units[units.count - 1]
            let number = "\(amount / unit.size)"
            return (number.hasSuffix(".0") ? String(number.dropLast(2)) : number) + unit.name
        }
        return text(Double(bitsPerSecond), Self.bandwidthUnits) + ","
            + text(roundTrip / .nanoseconds(1), Self.timeUnits)
    }

    /// A decimal number and a unit, as a whole number of the unit that has size 1.
    private static func amount(_ text: String, _ units: [(name: String, size: Double)]) -> Double? {
        let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        let name = text[number.endIndex...]
        guard let unit = units.first(where: { $0.name == name }), let value = Double(number) else { return nil }
        return (value * unit.size).rounded()
    }
}
