/// How fast products go, in seconds for a unit of their planned cost, and bytes between ranks: as they were last measured.
struct Pace: Sendable {
    /// For a key of 2048 bits; at first that of a machine without vector kernels: what is cut too finely costs little.
    private var unit = 40e-6
    /// Of a byte from rank to rank; at first about that of 10 Gbit/s.
    private var byte = 1e-9
    /// Costs and bytes below which nothing is learned.
    private static let (leastCost, leastBytes) = (50.0, 1 << 17)

    /// Operations take time in proportion to the square of the key's size.
    private static func factor(_ keyBits: Int) -> Double { Double(keyBits * keyBits) / (2048 * 2048) }

    func seconds(keyBits: Int) -> Double { unit * Self.factor(keyBits) }

    /// What a byte from rank to rank costs, in units of planned cost.
    func byteCost(keyBits: Int) -> Double { byte / seconds(keyBits: keyBits) }

    mutating func note(_ seconds: Double, for cost: Double, keyBits: Int) {
        guard cost >= Self.leastCost, seconds > 0 else { return }
        unit = (unit + seconds / cost / Self.factor(keyBits)) / 2
    }

    /// - Parameter seconds: That went by until each rank had so many bytes of others.
    mutating func note(exchange seconds: Double, of bytes: Int) {
        guard bytes >= Self.leastBytes, seconds > 0 else { return }
        // A rank whose core was taken from it makes a transfer look slow, and a slow one is not tried again: believe it by and by.
        byte = min(seconds / Double(bytes), 2 * byte)
    }

    /// Seconds that a request of so many bytes takes over what computing it does: as over 1 Gbit/s, and the time until all ranks have heard.
    static func transfer(_ bytes: Int) -> Double { 0.0005 + Double(bytes) / 100e6 }
}
