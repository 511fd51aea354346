/// Sorting of records in place, by their bytes: hash first, then row.
///
/// American flag sort (McIlroy, Bostic and McIlroy, *Engineering radix sort*, Computing Systems 6, 1993), then insertion sort of the
/// small groups that uniform hashes leave after a byte or two. No memory beside the records; many rows with one hash cost a pass for
/// each byte and no more.
enum RadixSort {
    /// Groups up to here are left to insertion sort.
    private static let smallGroup = 24

    static func sort(_ records: UnsafeMutableBufferPointer<IDRecord>) { sort(records, depth: 0) }

    private static func sort(_ records: UnsafeMutableBufferPointer<IDRecord>, depth: Int) {
        guard records.count > smallGroup else { return insertionSort(records) }
        // Records end with their row and no two are equal, so no group is large when the bytes run out.
        guard depth < IDRecord.byteCount else { return }
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 257) { starts in
            withUnsafeTemporaryAllocation(of: Int.self, capacity: 256) { next in
                count(records, depth: depth, starts: starts)
                for digit in 0..<256 { next.initializeElement(at: digit, to: starts[digit]) }
                permute(records, depth: depth, starts: starts, next: next)
            }
            for digit in 0..<256 where starts[digit + 1] - starts[digit] > 1 {
                sort(.init(rebasing: records[starts[digit]..<starts[digit + 1]]), depth: depth + 1)
            }
        }
    }

    /// Where the records of each digit are to begin, and at 256 their number.
    private static func count(
        _ records: UnsafeMutableBufferPointer<IDRecord>, depth: Int, starts: UnsafeMutableBufferPointer<Int>
    ) {
        starts.initialize(repeating: 0)
        for index in records.indices { starts[digit(records, index, depth) + 1] += 1 }
        for digit in 1...256 { starts[digit] += starts[digit - 1] }
    }

    /// Puts every record among those of its digit; `next` is where each digit's next one goes.
    private static func permute(
        _ records: UnsafeMutableBufferPointer<IDRecord>, depth: Int, starts: UnsafeMutableBufferPointer<Int>,
        next: UnsafeMutableBufferPointer<Int>
    ) {
        for place in 0..<256 {
            while next[place] < starts[place + 1] {
                let found = digit(records, next[place], depth)
                if found != place { records.swapAt(next[place], next[found]) }
                next[found] += 1
            }
        }
    }

    /// A byte of a record: of its hash, then of its row, the highest first.
    private static func digit(_ records: UnsafeMutableBufferPointer<IDRecord>, _ index: Int, _ depth: Int) -> Int {
        let offset = depth < IDHash.byteCount ? depth : IDRecord.byteCount + IDHash.byteCount - 1 - depth
        return Int(UnsafeRawBufferPointer(records)[index * IDRecord.byteCount + offset])
    }

    private static func insertionSort(_ records: UnsafeMutableBufferPointer<IDRecord>) {
        guard records.count > 1 else { return }
        for index in 1..<records.count {
            let record = records[index]
            var place = index
            while place > 0, record < records[place - 1] {
                records[place] = records[place - 1]
                place -= 1
            }
            records[place] = record
        }
    }
}
