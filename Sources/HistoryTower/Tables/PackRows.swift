/// The rows of a large field's table that a pack's events name: each of them once.
struct PackRows {
    /// Ascending.
    let rows: [Int32]
    /// Of each event of the pack, the place of its row among them.
    let places: [Int32]

    /// - Parameter codes: of all events.
    init(_ pack: Pack, _ codes: [Int32]) {
        var named: [UInt64] = []
        named.reserveCapacity(pack.events)
        for window in pack.windows {
            for event in window.first..<window.first + window.count {
                named.append(UInt64(UInt32(bitPattern: codes[event])) << 32 | UInt64(named.count))
            }
        }
        named.sort()
        var rows: [Int32] = []
        var places = [Int32](repeating: 0, count: named.count)
        for name in named {
            let row = Int32(truncatingIfNeeded: name >> 32)
            if rows.last != row { rows.append(row) }
            places[Int(name & 0xFFFF_FFFF)] = Int32(rows.count - 1)
        }
        (self.rows, self.places) = (rows, places)
    }

    /// What an event takes in here, for some moments, and where its row is announced to a table.
    static let bytesPerEvent = 96
}
