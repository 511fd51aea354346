/// A part of one history, which a tower looks at at once.
struct Window: Hashable {
    /// The first of its events, among those of all entities.
    let first: Int
    /// How many there are.
    var count: Int
}

/// Windows that are computed in one step.
struct Pack {
    private(set) var windows: [Window] = []
    private(set) var events = 0
    /// Rows that read an event, by its place in the pack.
    private(set) var readouts: [(row: Int, event: Int)] = []

    func hasRoom(for window: Window, readouts more: Int, of events: Int, _ mostReadouts: Int) -> Bool {
        self.events + window.count <= events && readouts.count + more <= mostReadouts
    }

    mutating func add(_ window: Window, readouts more: [(row: Int, event: Int)] = []) {
        readouts += more.map { ($0.row, events + $0.event) }
        windows.append(window)
        events += window.count
    }

    /// Where each window begins, and the end of the last.
    var starts: [Int] { windows.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) } }
}

extension EventHistories {
    /// Every history that has a next event to predict, cut into windows of `length` events, the first and the last of them
    /// perhaps shorter. Where the cuts are in a longer history, chance says.
    func windows(of length: Int, _ random: inout Pseudorandom) -> [Window] {
        var windows: [Window] = []
        for entity in 0..<entities {
            // The last event has no next one, and the others do not see it.
            var (first, end) = (starts[entity], starts[entity + 1] - 1)
            if end - first > length {
                let short = random.next(below: length)
                if short > 0 { windows.append(Window(first: first, count: short)) }
                first += short
            }
            while first < end {
                windows.append(Window(first: first, count: min(length, end - first)))
                first += length
            }
        }
        return windows
    }

    /// Windows in a random order, as many as fit into each pack.
    func packs(of windows: [Window], order: [Int], events: Int) -> [Pack] {
        var packs: [Pack] = []
        var pack = Pack()
        for place in order {
            if !pack.hasRoom(for: windows[place], readouts: 0, of: events, .max) {
                packs.append(pack)
                pack = Pack()
            }
            pack.add(windows[place])
        }
        return pack.windows.isEmpty ? packs : packs + [pack]
    }

    /// The windows in which rows read, with the rows; windows of one history overlap by half, and a row has the one in which the most
    /// precedes it: half a window at least, or its whole history.
    func packs(reading rows: [Readout], window length: Int, events: Int, mostReadouts: Int) -> [Pack] {
        struct Reading {
            var window: Int
            var event: Int
            var row: Int
        }
        let half = max(1, length / 2)
        let readings = rows.enumerated().compactMap { row, readout -> (entity: Int, reading: Reading)? in
            guard readout.entity >= 0, readout.events > 0 else { return nil }
            let event = readout.events - 1
            let window = event < length ? 0 : (event - length) / half + 1
            return (readout.entity, Reading(window: window, event: event - window * half, row: row))
        }.sorted { ($0.entity, $0.reading.window, $0.reading.row) < ($1.entity, $1.reading.window, $1.reading.row) }
        var packs: [Pack] = []
        var pack = Pack()
        var place = 0
        while place < readings.count {
            let (entity, window) = (readings[place].entity, readings[place].reading.window)
            let end =
                readings[place...].firstIndex { $0.entity != entity || $0.reading.window != window } ?? readings.count
            // Rows beyond what one pack reads have the window again.
            let group = readings[place..<min(end, place + mostReadouts)].map(\.reading)
            place += group.count
            let count = group.reduce(0) { max($0, $1.event + 1) }
            let part = Window(first: starts[entity] + window * half, count: count)
            if !pack.hasRoom(for: part, readouts: group.count, of: events, mostReadouts) {
                packs.append(pack)
                pack = Pack()
            }
            pack.add(part, readouts: group.map { ($0.row, $0.event) })
        }
        return pack.windows.isEmpty ? packs : packs + [pack]
    }
}
