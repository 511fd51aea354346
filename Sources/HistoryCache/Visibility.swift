/// Which events one event sees, and when code books are learned: functions of the shape and the event's place alone, so that a cache is
/// the same however its events came.
struct Visibility {
    /// Events at the beginning of the history.
    let sink: Range<Int>
    /// Events that are chosen from.
    let middle: Range<Int>
    /// The most recent events, the seeing one itself the last.
    let recent: Range<Int>

    /// What event `place` sees, counted from 0.
    init(of place: Int, _ shape: CacheShape) {
        let inSight = max(CacheShape.sink, place + 1 - shape.events)
        sink = 0..<min(CacheShape.sink, place + 1)
        middle = inSight..<max(inSight, place - shape.recent)
        recent = middle.upperBound..<max(middle.upperBound, place + 1)
    }

    /// How many events it sees where none is left out.
    var count: Int { sink.count + middle.count + recent.count }
}

extension CacheShape {
    /// The first event that sees fewer events than there are, or nil where every one sees all.
    var firstChoosing: Int? {
        let place = Self.sink + recent + retrieved + 1
        return Visibility(of: place, self).middle.count > retrieved ? place : nil
    }

    /// The events in a range before which code books are learned: the first that chooses, and those with twice, four, eight times as
    /// many events before them.
    func learningPlaces(in places: Range<Int>) -> [Int] {
        guard var place = firstChoosing else { return [] }
        var found: [Int] = []
        while place < places.upperBound {
            if place >= places.lowerBound { found.append(place) }
            place *= 2
        }
        return found
    }

    /// Spans that the first `count` events take.
    func spans(_ count: Int) -> Int { (count + Self.span - 1) / Self.span }

    /// The first span but that of the sink that is not wholly out of sight of the event after the first `count`, and of those after it.
    func firstSpanInSight(_ count: Int) -> Int { max(1, (count + 1 - events) / Self.span) }
}
