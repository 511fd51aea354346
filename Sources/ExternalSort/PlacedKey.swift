/// A key of 128 bits and where it comes from.
package struct PlacedKey: Hashable, Sendable {
    /// The leading half of the key.
    package var high: UInt64
    /// The other half.
    package var low: UInt64
    /// Whatever leads back to the key's origin.
    package var place: UInt64

    package init(high: UInt64, low: UInt64, place: UInt64) {
        self.high = high
        self.low = low
        self.place = place
    }
}

extension PlacedKey: Comparable {
    /// By key, and by place where keys are equal.
    package static func < (left: PlacedKey, right: PlacedKey) -> Bool {
        if left.high != right.high { return left.high < right.high }
        if left.low != right.low { return left.low < right.low }
        return left.place < right.place
    }
}
