/// MEMO's choice of alpha (arXiv 2407.12117, section 3.2): as much as can be written while a layer is computed, and as
/// much as there is room for.
public struct SwapShare: Hashable, Sendable {
    /// Bytes of each layer that are always put away: its input and what attention gives.
    public var keptBytes: Double
    /// Bytes of each layer of which a share is put away.
    public var otherBytes: Double
    /// Seconds in which a layer is computed.
    public var layerSeconds: Double
    /// Bytes a second.
    public var rate: Double
    /// Layers that are put away.
    public var layers: Int
    /// Room for them, in bytes.
    public var capacity: Double

    /// Describes layers and a disk.
    public init(
        keptBytes: Double, otherBytes: Double, layerSeconds: Double, rate: Double, layers: Int, capacity: Double
    ) {
        (self.keptBytes, self.otherBytes, self.layerSeconds) = (keptBytes, otherBytes, layerSeconds)
        (self.rate, self.layers, self.capacity) = (rate, layers, capacity)
    }

    /// The largest share of the others that keeps both limits; `nil` where not even what is always put away does.
    public var alpha: Double? {
        guard layers > 0 else { return 1 }
        let overlap = rate * layerSeconds - keptBytes
        let room = capacity / Double(layers) - keptBytes
        guard overlap >= 0, room >= 0 else { return nil }
        guard otherBytes > 0 else { return 1 }
        return min(overlap / otherBytes, room / otherBytes, 1)
    }
}
