extension DataFile {
    /// How many records are in memory at a time where nothing else is said: 10 KiB of them.
    static let pieceRecords = 256

    /// Reads records behind a header, a piece at a time.
    func readRecords(
        _ positions: Range<Int>, _ body: (IDRecord) throws(IdentifiersError) -> Void
    ) throws(IdentifiersError) {
        let piece = RecordBuffer(capacity: min(positions.count, Self.pieceRecords))
        var start = positions.lowerBound
        while start < positions.upperBound {
            let records = UnsafeMutableBufferPointer(
                rebasing: piece.records[..<min(piece.records.count, positions.upperBound - start)])
            try read(
                UnsafeMutableRawBufferPointer(records), at: IdentifierHeader.byteCount + start * IDRecord.byteCount)
            for record in records { try body(record) }
            start += records.count
        }
    }
}
