public import Tables

/// The events of one history, read once: sorted by entity, in the order in which entities first stand in the source, then by time, then by
/// their place in the source. Memory: 8 bytes an event for its time and 4 for each field.
public struct EventLog: Sendable {
    /// One column of the events.
    public struct Field: Hashable, Sendable {
        public let name: String
        public let type: ColumnType
    }

    /// Its values, in the order of the events.
    enum Values: Sendable {
        /// A text's number and 1; 0 where it is missing.
        case texts([UInt32], TextNumbers)
        /// NaN where one is missing.
        case numbers([Float])
    }

    /// Where the events are from, as errors name it.
    public let file: String
    /// In the order of the party file.
    public let fields: [Field]
    /// As ``HistorySource/predicted``.
    public let predicted: [String]?
    /// Events that name no entity: nobody's, and left out.
    public let nameless: Int
    /// The column of moments.
    let time: String
    let notation: Moment.Notation
    let names: TextNumbers
    /// Entity e's events are `starts[e] ..< starts[e + 1]`.
    let starts: [Int]
    let times: [Int64]
    let values: [Values]

    /// How many entities have an event.
    public var entities: Int { names.count }

    /// What the source calls them.
    public var entityNames: EntityNames { EntityNames(names: names) }

    /// How many events there are.
    public var events: Int { times.count }

    /// What they take in memory at the most, here and as a tower sees them.
    public var bytes: Int { events * Self.bytesPerEvent(fields: fields.count) }

    /// How many events each entity has.
    public var lengths: [Int] { zip(starts, starts.dropFirst()).map { $1 - $0 } }

    /// How many of them came before a moment.
    public func lengths(before moment: Int) -> [Int] { (0..<entities).map { known(of: $0, before: moment) } }

    /// The first and the last moment; `nil` where there are no events.
    public var moments: ClosedRange<Moment>? {
        guard let first = times.min(), let last = times.max() else { return nil }
        return moment(first)...moment(last)
    }

    /// A moment as the events' source writes it.
    func moment(_ seconds: Int64) -> Moment { Moment(seconds: Int(seconds), isDate: notation == .date) }

    /// The number of an entity; `nil` where it has no events.
    func entity(_ name: ArraySlice<UInt8>) -> Int? { names.number(of: name) }

    /// How many events of an entity came before a moment: of those at it, none.
    func known(of entity: Int, before moment: Int) -> Int {
        let (start, moment) = (starts[entity], Int64(moment))
        var (low, high) = (start, starts[entity + 1])
        while low < high {
            let middle = low + (high - low) / 2
            if times[middle] < moment { low = middle + 1 } else { high = middle }
        }
        return low - start
    }

    /// For each entity, the places of its events before a moment; of all events where there is none.
    func places(before moment: Int?) -> [Range<Int>] {
        (0..<entities).map { entity in
            let count = moment.map { known(of: entity, before: $0) } ?? starts[entity + 1] - starts[entity]
            return starts[entity]..<starts[entity] + count
        }
    }
}

/// What a source of events calls their entities.
public struct EntityNames: Sendable {
    fileprivate let names: TextNumbers

    /// The name of an entity, as its bytes.
    public subscript(entity: Int) -> [UInt8] { Array(names[entity]) }

    /// The number of an entity; `nil` where it has no events.
    public func entity(_ name: [UInt8]) -> Int? { names.number(of: name[...]) }
}
