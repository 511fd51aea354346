/// A party's ids: hashes and their rows, each hash once, in ascending order, in memory or in a file.
///
/// Read by positions in that order, which is the common order of rows, or by ``Buckets``; only what is asked for is read.
public struct SortedIdentifiers: Sendable {
    /// How many ids there are.
    public let count: Int
    /// A hash of all of them, 32 bytes: binds what is computed from them. It never leaves the party either.
    public let inputHash: [UInt8]
    private let header: IdentifierHeader
    private let source: Source

    private enum Source: Sendable {
        case memory(SortedRecords)
        case file(DataFile)
    }

    /// Rows that were taken, of which ``emptyRows`` and ``repeatedRows`` have no id here.
    public var rows: Int { header.tally.rows }
    /// Rows that were left out because a column of their key was empty.
    public var emptyRows: Int { header.tally.empty }
    /// Rows that were left out because an earlier row has their id.
    public var repeatedRows: Int { header.tally.repeated }

    init(_ header: IdentifierHeader, _ records: SortedRecords) {
        var hash = InputHash()
        for index in 0..<records.count { hash.append(records.buffer.records[index].hash) }
        self.init(
            header, .memory(records), count: records.count, inputHash: hash.finish(fingerprint: header.fingerprint))
    }

    /// Opens a file that an ``IdentifierCollector`` made. Only its header and its length are looked at.
    ///
    /// - Throws: ``IdentifiersError/cannotRead(path:code:)``; ``IdentifiersError/damaged(path:problem:)`` and
    ///   ``IdentifiersError/otherIdentifiers(path:)``, where the ids are to be collected again.
    public init(opening path: String, _ declaration: KeyDeclaration, seed: [UInt8]) throws(IdentifiersError) {
        try self.init(ofFileAt: path)
        guard header.fingerprint == declaration.fingerprint, header.seed == seed else {
            throw .otherIdentifiers(path: path)
        }
    }

    /// Opens a file, whatever its declaration and seed.
    init(ofFileAt path: String) throws(IdentifiersError) {
        let file = try DataFile(reading: path)
        let header = try IdentifierHeader(of: file)
        self.init(header, .file(file), count: header.count, inputHash: header.inputHash)
    }

    private init(_ header: IdentifierHeader, _ source: Source, count: Int, inputHash: [UInt8]) {
        self.count = count
        self.inputHash = inputHash
        self.header = header
        self.source = source
    }

    /// A sample of `count` ids, or all where there are no more: those whose second 64 bits are lowest, of equal ones the lower hash.
    ///
    /// Parties that each take the same number agree on what they offer without a message: a common id is left out only where some
    /// party has `count` ids that come before it by those bits. A smaller sample is part of a larger one. The leading bits of its ids
    /// are as uniform as those of all, so it fills ``Buckets`` as any list does.
    ///
    /// Its ``inputHash`` is its own; ``rows``, ``emptyRows`` and ``repeatedRows`` are those of the whole. Ids in memory are copied,
    /// 40 bytes each. Ids in a file go to a new file, which takes the old one's place when all of it is on the disk; what has the old
    /// one open still reads it. Besides, it takes 60 KiB of memory for any number of ids.
    ///
    /// - Throws: ``IdentifiersError`` where the file cannot be read, holds what no collector wrote, or the new one cannot be written.
    public func sample(_ count: Int) throws(IdentifiersError) -> SortedIdentifiers {
        precondition(count >= 0, "a sample has 0 or more ids")
        guard count < self.count else { return self }
        var cut = SampleCut(count)
        while !cut.isFound {
            try forEach(in: 0..<self.count) { cut.count($0.hash) }
            try demandSound(cut.narrow())
        }
        var taken = 0
        switch source {
        case .memory:
            let buffer = RecordBuffer(capacity: count)
            try forEach(in: 0..<self.count) { record in
                guard cut.takes(record.hash) else { return }
                buffer.records.initializeElement(at: taken, to: record)
                taken += 1
            }
            return SortedIdentifiers(header, SortedRecords(buffer: buffer, count: taken))
        case .file(let file):
            var writer = try IdentifierWriter(file.path, capacity: DataFile.pieceRecords)
            try forEach(in: 0..<self.count) { record throws(IdentifiersError) in
                guard cut.takes(record.hash) else { return }
                try writer.append(record)
                taken += 1
            }
            try demandSound(taken == count)
            return try SortedIdentifiers(ofFileAt: writer.finish(header))
        }
    }
}

/// Some of a party's ids, in ascending order.
public struct IdentifierList: Equatable, Sendable {
    /// The hashes, 32 bytes each, one behind the other.
    public internal(set) var hashes: [UInt8] = []
    /// The row of each.
    public internal(set) var rows: [Int] = []

    /// How many there are.
    public var count: Int { rows.count }

    /// One of the hashes.
    package func hash(at index: Int) -> IDHash {
        hashes[index * IDHash.byteCount..<(index + 1) * IDHash.byteCount].withUnsafeBytes { IDHash($0) }
    }
}

extension SortedIdentifiers {
    /// The ids at these positions.
    ///
    /// - Throws: ``IdentifiersError`` where the file cannot be read, or holds what no collector wrote.
    public func ids(at positions: Range<Int>) throws(IdentifiersError) -> IdentifierList {
        var list = IdentifierList()
        list.hashes.reserveCapacity(positions.count * IDHash.byteCount)
        list.rows.reserveCapacity(positions.count)
        try forEach(in: positions) { record in
            record.hash.withUnsafeBytes { list.hashes.append(contentsOf: $0) }
            list.rows.append(record.row ?? 0)
        }
        return list
    }

    /// The ids of a bucket.
    public func ids(in bucket: Int, of buckets: Buckets) throws(IdentifiersError) -> IdentifierList {
        try ids(at: positions(of: buckets.leadingBits(of: bucket)))
    }

    /// Where the ids stand whose ``IDHash/leading`` bits are in a range.
    public func positions(of leadingBits: ClosedRange<UInt64>) throws(IdentifiersError) -> Range<Int> {
        let start = try firstPosition { $0 >= leadingBits.lowerBound }
        return start..<max(start, try firstPosition { $0 > leadingBits.upperBound })
    }

    /// The first position from which on the leading bits fulfil a condition.
    private func firstPosition(where condition: (UInt64) -> Bool) throws(IdentifiersError) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            var isFulfilled = false
            try read(middle..<middle + 1) { isFulfilled = condition($0.hash.leading) }
            if isFulfilled { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Calls `body` with the records at these positions, after checks that they ascend and name rows that there are.
    private func forEach(
        in positions: Range<Int>, _ body: (IDRecord) throws(IdentifiersError) -> Void
    ) throws(IdentifiersError) {
        precondition(positions.lowerBound >= 0 && positions.upperBound <= count, "positions of ids that there are")
        var previous: IDHash?
        var isSound = true
        try read(positions) { record throws(IdentifiersError) in
            if let row = record.row, row < header.tally.rowBound, previous.map({ $0 < record.hash }) ?? true {
                try body(record)
            } else {
                isSound = false
            }
            previous = record.hash
        }
        try demandSound(isSound)
    }

    /// Refuses a file that is not what was written; memory stays what it was.
    private func demandSound(_ isSound: Bool) throws(IdentifiersError) {
        if case .file(let file) = source, !isSound {
            throw .damaged(path: file.path, problem: "the ids are not as they were written")
        }
    }

    private func read(
        _ positions: Range<Int>, _ body: (IDRecord) throws(IdentifiersError) -> Void
    ) throws(IdentifiersError) {
        switch source {
        case .memory(let records): for index in positions { try body(records.buffer.records[index]) }
        case .file(let file): try file.readRecords(positions, body)
        }
    }
}
