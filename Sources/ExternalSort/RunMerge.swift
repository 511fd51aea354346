/// Merges the sorted runs of a file into one ascending sequence, each read piece by piece through its share of the memory.
struct RunMerge {
    /// The part of a run that is in memory, and the part that is still to be read.
    private struct Cursor {
        var loaded: Range<Int>
        var waiting: Range<Int>
    }

    private let file: KeyFile
    private let memory: Memory
    private let share: Int
    private var cursors: [Cursor]
    /// A binary heap of the runs' next keys: none comes before the one at half its index.
    private var heads: [(key: PlacedKey, cursor: Int)] = []

    /// - Parameters:
    ///   - runs: Places in the file; none empty.
    ///   - memory: Keys that may be in memory; at least one a run.
    init(of runs: [Range<Int>], in file: KeyFile, memory: Int) throws(ExternalSortError) {
        self.file = file
        self.memory = Memory(memory)
        share = memory / runs.count
        precondition(share > 0, "merging takes a key of memory for each run")
        cursors = runs.map { Cursor(loaded: 0..<0, waiting: $0) }
        for cursor in cursors.indices {
            if let key = try advance(cursor) { heads.append((key, cursor)) }
        }
        for index in heads.indices.reversed() { siftDown(index) }
    }

    /// The lowest key that was not given out; `nil` after the last.
    mutating func next() throws(ExternalSortError) -> PlacedKey? {
        guard let first = heads.first else { return nil }
        if let key = try advance(first.cursor) {
            heads[0].key = key
        } else {
            let last = heads.removeLast()
            if !heads.isEmpty { heads[0] = last }
        }
        siftDown(0)
        return first.key
    }

    /// Takes the next key of a run, and reads more of it where there is none in memory.
    private mutating func advance(_ index: Int) throws(ExternalSortError) -> PlacedKey? {
        var cursor = cursors[index]
        if cursor.loaded.isEmpty {
            guard !cursor.waiting.isEmpty else { return nil }
            let piece = cursor.waiting.prefix(share)
            let start = index * share
            try file.read(piece, into: UnsafeMutableBufferPointer(rebasing: memory.keys[start..<start + piece.count]))
            cursor = Cursor(
                loaded: start..<start + piece.count, waiting: piece.upperBound..<cursor.waiting.upperBound)
        }
        let key = memory.keys[cursor.loaded.lowerBound]
        cursor.loaded = cursor.loaded.lowerBound + 1..<cursor.loaded.upperBound
        cursors[index] = cursor
        return key
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        while true {
            var child = 2 * index + 1
            guard child < heads.count else { return }
            if child + 1 < heads.count, heads[child + 1].key < heads[child].key { child += 1 }
            guard heads[child].key < heads[index].key else { return }
            heads.swapAt(child, index)
            index = child
        }
    }
}

/// Memory that goes with its last reference.
private final class Memory {
    let keys: UnsafeMutableBufferPointer<PlacedKey>

    init(_ capacity: Int) { keys = .allocate(capacity: capacity) }

    deinit { keys.deallocate() }
}
