/// Merges sorted runs of a file into one ascending sequence, each read piece by piece through its share of a given memory.
struct RunMerger {
    /// The part of a run that is in memory, and the part that is still to be read.
    private struct Cursor {
        /// The share of memory that belongs to the run.
        let memory: Range<Int>
        /// What is in it and was not given out.
        var loaded: Range<Int>
        /// What is still in the file, in records.
        var waiting: Range<Int>
    }

    /// A run by its next record.
    private struct Head {
        let leading: UInt64
        let cursor: Int
    }

    private let file: DataFile
    private let memory: UnsafeMutableBufferPointer<IDRecord>
    private var cursors: [Cursor]
    /// A binary heap: no head comes before the one at half its index.
    private var heads: [Head] = []

    /// - Parameters:
    ///   - runs: Sorted, in records from the file's beginning; none empty.
    ///   - memory: For one record a run or more.
    init(
        _ file: DataFile, runs: [Range<Int>], memory: UnsafeMutableBufferPointer<IDRecord>
    ) throws(IdentifiersError) {
        self.file = file
        self.memory = memory
        let share = memory.count / runs.count
        precondition(share > 0, "merging takes a record of memory for each run")
        cursors = runs.enumerated().map { index, run in
            Cursor(memory: index * share..<(index + 1) * share, loaded: 0..<0, waiting: run)
        }
        for cursor in cursors.indices {
            try load(cursor)
            heads.append(head(cursor))
        }
        for index in heads.indices.reversed() { siftDown(index) }
    }

    /// The lowest record that was not given out; nil after the last.
    mutating func next() throws(IdentifiersError) -> IDRecord? {
        guard let first = heads.first else { return nil }
        let cursor = first.cursor
        let record = memory[cursors[cursor].loaded.lowerBound]
        cursors[cursor].loaded.removeFirst()
        if cursors[cursor].loaded.isEmpty, !cursors[cursor].waiting.isEmpty { try load(cursor) }
        if cursors[cursor].loaded.isEmpty {
            let last = heads.removeLast()
            if !heads.isEmpty { heads[0] = last }
        } else {
            heads[0] = head(cursor)
        }
        siftDown(0)
        return record
    }

    /// Reads as much of a run as its share of memory holds.
    private mutating func load(_ cursor: Int) throws(IdentifiersError) {
        let (share, waiting) = (cursors[cursor].memory, cursors[cursor].waiting)
        let count = min(share.count, waiting.count)
        let loaded = share.lowerBound..<share.lowerBound + count
        try file.read(
            UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: memory[loaded])),
            at: waiting.lowerBound * IDRecord.byteCount)
        cursors[cursor].loaded = loaded
        cursors[cursor].waiting = waiting.dropFirst(count)
    }

    private func head(_ cursor: Int) -> Head {
        Head(leading: memory[cursors[cursor].loaded.lowerBound].hash.leading, cursor: cursor)
    }

    private func precedes(_ left: Head, _ right: Head) -> Bool {
        if left.leading != right.leading { return left.leading < right.leading }
        return memory[cursors[left.cursor].loaded.lowerBound] < memory[cursors[right.cursor].loaded.lowerBound]
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        while true {
            var child = 2 * index + 1
            guard child < heads.count else { return }
            if child + 1 < heads.count, precedes(heads[child + 1], heads[child]) { child += 1 }
            guard precedes(heads[child], heads[index]) else { return }
            heads.swapAt(child, index)
            index = child
        }
    }
}

extension Range<Int> {
    fileprivate mutating func removeFirst() { self = lowerBound + 1..<upperBound }

    fileprivate func dropFirst(_ count: Int) -> Range<Int> { lowerBound + count..<upperBound }
}
