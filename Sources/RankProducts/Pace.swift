/// How fast products go, in seconds for a unit of their planned cost: as it was last measured.
struct Pace: Sendable {
    /// For a key of 2048 bits; at first that of a machine without vector kernels: what is cut too finely costs little.
    private var unit = 40e-6
    /// Costs below which nothing is learned.
    private static let leastCost = 50.0

    /// Operations take time in proportion to the square of the key's size.
    private static func factor(_ keyBits: Int) -> Double { Double(keyBits * keyBits) / (2048 * 2048) }

    func seconds(keyBits: Int) -> Double { unit * Self.factor(keyBits) }

    mutating func note(_ seconds: Double, for cost: Double, keyBits: Int) {
        guard cost >= Self.leastCost, seconds > 0 else { return }
        unit = (unit + seconds / cost / Self.factor(keyBits)) / 2
    }

    /// Seconds that a request of so many bytes takes over what computing it does: as over 1 Gbit/s, and the time until all ranks have heard.
    static func transfer(_ bytes: Int) -> Double { 0.0005 + Double(bytes) / 100e6 }
}
