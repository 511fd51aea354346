/// What a journal says.
struct Replay {
    let header: JournalHeader
    /// Entities by their numbers.
    private(set) var entities: [UInt32: EntityState] = [:]
    /// The least number above those of all entities that the journal names.
    private(set) var nextNumber: UInt32 = 0
    /// Bytes of the journal that hold.
    private(set) var end: Int
    /// Bytes of the beginning, which was written at once.
    private(set) var beginning: Int
    /// Pages without use that what the disk is known to have may still name.
    private(set) var released = EntityState.Released()
    /// Whether the machine was started anew since, so that only what the disk was made to keep holds.
    let isAfterRestart: Bool

    /// Reads all of a journal.
    ///
    /// What ends in the middle of a record, or has a wrong checksum, is where a process was killed: it and what follows do not count.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - boot: this start of the machine.
    /// - Throws: where the beginning is damaged, or a record with a right checksum makes no sense.
    init(_ bytes: [UInt8], path: String, boot: String) throws(HistoryCacheError) {
        header = try JournalHeader(bytes, path: path)
        isAfterRestart = header.boot != boot
        end = 0
        beginning = 0
        end = Self.next(in: bytes, after: 0) ?? 0
        for _ in 0..<header.entities {
            guard let next = Self.next(in: bytes, after: end) else {
                throw .damaged(path: path, offset: end, problem: "what was written at once is torn")
            }
            try apply(bytes, at: end, path: path, isBeginning: true)
            end = next
        }
        beginning = end
        for place in Self.places(in: bytes, from: end, onlySettled: isAfterRestart) {
            try apply(bytes, at: place, path: path, isBeginning: false)
            end = Self.next(in: bytes, after: place) ?? end
        }
    }

    private static func next(in bytes: [UInt8], after place: Int) -> Int? {
        Frame.body(in: bytes, at: place).map(\.endIndex)
    }

    /// Where the records begin that count.
    private static func places(in bytes: [UInt8], from start: Int, onlySettled: Bool) -> [Int] {
        var (places, settled, place) = ([Int](), 0, start)
        while let body = Frame.body(in: bytes, at: place) {
            places.append(place)
            if body.first == JournalRecord.Kind.synchronised.rawValue { settled = places.count }
            place = body.endIndex
        }
        return onlySettled ? Array(places[..<settled]) : places
    }

    private mutating func apply(
        _ bytes: [UInt8], at place: Int, path: String, isBeginning: Bool
    ) throws(HistoryCacheError) {
        func damage(_ problem: String) -> HistoryCacheError { .damaged(path: path, offset: place, problem: problem) }
        guard let body = Frame.body(in: bytes, at: place), let record = JournalRecord(body, header.shape) else {
            throw damage("a record has no known form")
        }
        switch record {
        case .entity(let number, let state):
            guard isBeginning, entities.updateValue(state, forKey: number) == nil else {
                throw damage("an entity is there twice")
            }
            nextNumber = max(nextNumber, number &+ 1)
        case .commit(let number, let name, let commit):
            guard !isBeginning, let old = entities[number] ?? name.map({ EntityState(name: $0) }),
                name == nil || entities[number] == nil, let (new, released) = old.after(commit, header.shape)
            else { throw damage("a change does not follow from those before it") }
            entities[number] = new
            self.released.add(released)
            nextNumber = max(nextNumber, number &+ 1)
        case .remove(let number):
            guard !isBeginning, let old = entities.removeValue(forKey: number) else {
                throw damage("an entity is removed that is not there")
            }
            released.add(old.pages)
        case .synchronised:
            guard !isBeginning else { throw damage("a beginning ends too early") }
            released = EntityState.Released()
        }
    }
}
