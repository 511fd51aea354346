/// Sorts records: in memory where they fit or must, else as sorted runs in a file, merged at the end.
///
/// Runs rather than partitions by leading bits: however many rows share one id, no part outgrows the memory.
struct RecordSorter: ~Copyable {
    private var buffer: RecordBuffer
    private var count = 0
    /// The memory and where to put what does not fit; nil where memory grows instead.
    private let bounds: (budget: Int, overflowPath: String)?
    private var overflow: DataFile?
    /// The runs in the file, in records.
    private var runs: [Range<Int>] = []
    /// Merging reads at least so many records of a run at a time.
    private static let leastShare = 4

    /// Sorts in as much memory as it takes.
    init() {
        buffer = RecordBuffer(capacity: 1 << 10)
        bounds = nil
    }

    /// Sorts in the memory of `capacity` records.
    ///
    /// - Parameters:
    ///   - budget: What errors name.
    ///   - overflowPath: A file that is made when more come, without a name, so that nothing stays behind.
    init(capacity: Int, budget: Int, overflowPath: String) {
        buffer = RecordBuffer(capacity: capacity)
        bounds = (budget, overflowPath)
    }

    mutating func append(_ record: IDRecord) throws(IdentifiersError) {
        if count == buffer.records.count {
            if bounds != nil {
                try spill()
            } else {
                buffer = RecordBuffer(copying: buffer, capacity: 2 * count)
            }
        }
        buffer.records.initializeElement(at: count, to: record)
        count += 1
    }

    /// Those records that `isKept` says, asked in ascending order, of a sorter whose memory grows.
    consuming func sorted(where isKept: (IDRecord) -> Bool) -> SortedRecords {
        precondition(bounds == nil, "records that may be in a file are not all in memory")
        RadixSort.sort(.init(rebasing: buffer.records[..<count]))
        var kept = 0
        for index in 0..<count where isKept(buffer.records[index]) {
            buffer.records[kept] = buffer.records[index]
            kept += 1
        }
        return SortedRecords(buffer: buffer, count: kept)
    }

    /// Calls `body` with every record, in ascending order.
    consuming func forEach(_ body: (IDRecord) throws(IdentifiersError) -> Void) throws(IdentifiersError) {
        if !runs.isEmpty, count > 0 { try spill() }
        if let overflow {
            var merger = try RunMerger(overflow, runs: runs, memory: buffer.records)
            while let record = try merger.next() { try body(record) }
        } else {
            RadixSort.sort(.init(rebasing: buffer.records[..<count]))
            for index in 0..<count { try body(buffer.records[index]) }
        }
    }

    /// Appends what is in memory to the file, as one more run.
    private mutating func spill() throws(IdentifiersError) {
        guard let bounds else { preconditionFailure("a sorter whose memory grows does not overflow") }
        let capacity = buffer.records.count
        let limit = capacity / Self.leastShare
        guard runs.count < limit else { throw .tooManyForBudget(bytes: bounds.budget, limit: limit * capacity) }
        let file: DataFile
        if let overflow {
            file = overflow
        } else {
            file = try DataFile(creating: bounds.overflowPath, isNameless: true)
        }
        overflow = file
        let records = UnsafeMutableBufferPointer(rebasing: buffer.records[..<count])
        RadixSort.sort(records)
        let start = runs.last?.upperBound ?? 0
        try file.write(UnsafeRawBufferPointer(records), at: start * IDRecord.byteCount)
        runs.append(start..<start + count)
        count = 0
    }
}

/// Records in ascending order, at the beginning of a buffer.
struct SortedRecords {
    let buffer: RecordBuffer
    let count: Int
}
