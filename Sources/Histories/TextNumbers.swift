/// Different texts, numbered in the order in which they first came. Takes their bytes and 12 to 20 bytes for each.
struct TextNumbers: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    /// Open addressing, at most half full: a text's number and 1, or 0 for none.
    private var slots = [UInt32](repeating: 0, count: 16)

    /// How many there are.
    var count: Int { ends.count }

    /// The text of a number.
    subscript(number: Int) -> ArraySlice<UInt8> { bytes[(number == 0 ? 0 : ends[number - 1])..<ends[number]] }

    /// A text's number; `nil` where it has none.
    func number(of text: ArraySlice<UInt8>) -> Int? {
        let slot = slots[place(of: text)]
        return slot == 0 ? nil : Int(slot) - 1
    }

    /// A text's number, the next one where it had none.
    mutating func number(adding text: ArraySlice<UInt8>) -> Int {
        let place = place(of: text)
        if slots[place] > 0 { return Int(slots[place]) - 1 }
        bytes += text
        ends.append(bytes.count)
        slots[place] = UInt32(count)
        if 2 * count > slots.count { grow() }
        return count - 1
    }

    /// The slot where it stands, or would.
    private func place(of text: ArraySlice<UInt8>) -> Int {
        let mask = slots.count - 1
        var place = Self.hash(text) & mask
        while slots[place] > 0, self[Int(slots[place]) - 1] != text { place = (place + 1) & mask }
        return place
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: 2 * slots.count)
        let mask = slots.count - 1
        for number in 0..<count {
            var place = Self.hash(self[number]) & mask
            while slots[place] > 0 { place = (place + 1) & mask }
            slots[place] = UInt32(number + 1)
        }
    }

    /// Keyed anew in every process, so that nobody can choose texts that collide; no number depends on it.
    private static func hash(_ text: ArraySlice<UInt8>) -> Int {
        var hasher = Hasher()
        text.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}
