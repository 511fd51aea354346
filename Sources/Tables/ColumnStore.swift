internal import Scratch

/// The cells of a table's columns, in groups of consecutive rows: within a group each column lies in one piece.
///
/// A piece of numbers is a `Double` for each row; one of texts the end of each cell, counted from the piece's first text in 32 bits, and
/// then the texts. (The layout of Parquet's row groups, without its encodings.)
final class ColumnStore: Sendable {
    /// One column in one group of rows.
    struct Piece {
        /// Whether it is one of those that might have become numbers when it was written.
        let isUndecided: Bool
        let place: Int
        /// Bytes of texts.
        let length: UInt32
    }

    private let file: String
    private let kept: Spool
    private let undecided: Spool?
    /// Rows up to the end of each group.
    private let ends: [Int]

    /// - Parameter undecided: Texts of columns that turned out to be no numbers only after some groups; `nil` where there are none.
    init(file: String, kept: Spool, undecided: Spool?, ends: [Int]) {
        (self.file, self.kept, self.undecided, self.ends) = (file, kept, undecided, ends)
    }

    /// How many rows there are.
    var rows: Int { ends.last ?? 0 }

    /// Groups of rows, in their order.
    var groups: Int { ends.count }

    /// The rows of a group.
    func rows(ofGroup group: Int) -> Range<Int> { (group == 0 ? 0 : ends[group - 1])..<ends[group] }

    func numbers(_ pieces: [Piece]) throws(TablesError) -> [Double] {
        do {
            return try filled(rows) { (numbers: UnsafeMutableBufferPointer<Double>) throws(ScratchError) in
                for (group, piece) in pieces.enumerated() {
                    let part = UnsafeMutableBufferPointer(rebasing: numbers[rows(ofGroup: group)])
                    try kept.read(into: UnsafeMutableRawBufferPointer(part), at: piece.place)
                }
            }
        } catch { throw .scratch(file: file, error) }
    }

    func texts(_ pieces: [Piece], column: String) throws(TablesError) -> TextColumn {
        let length = pieces.reduce(0) { $0 + Int($1.length) }
        guard length <= UInt32.max else { throw .columnTooLarge(file: file, column: column, bytes: length) }
        return try texts(pieces, groups: 0..<groups, rows: rows, length: length)
    }

    /// The texts of one group.
    func texts(_ pieces: [Piece], group: Int) throws(TablesError) -> TextColumn {
        try texts(
            pieces, groups: group..<group + 1, rows: rows(ofGroup: group).count, length: Int(pieces[group].length))
    }

    private func texts(
        _ pieces: [Piece], groups: Range<Int>, rows count: Int, length: Int
    ) throws(TablesError) -> TextColumn {
        do {
            var ends: [UInt32] = []
            let bytes = try filled(length) { (bytes: UnsafeMutableBufferPointer<UInt8>) throws(ScratchError) in
                ends = try filled(count) { (ends: UnsafeMutableBufferPointer<UInt32>) throws(ScratchError) in
                    var (row, byte) = (0, 0)
                    for group in groups {
                        let piece = pieces[group]
                        let (spool, rows) = (spool(of: piece), rows(ofGroup: group).count)
                        let part = UnsafeMutableBufferPointer(rebasing: ends[row..<row + rows])
                        try spool.read(into: UnsafeMutableRawBufferPointer(part), at: piece.place)
                        if byte > 0 { for index in part.indices { part[index] += UInt32(byte) } }
                        let texts = UnsafeMutableBufferPointer(rebasing: bytes[byte..<byte + Int(piece.length)])
                        try spool.read(
                            into: UnsafeMutableRawBufferPointer(texts),
                            at: piece.place + rows * MemoryLayout<UInt32>.stride)
                        (row, byte) = (row + rows, byte + Int(piece.length))
                    }
                }
            }
            return TextColumn(bytes: bytes, ends: ends)
        } catch { throw .scratch(file: file, error) }
    }

    private func spool(of piece: Piece) -> Spool {
        guard piece.isUndecided else { return kept }
        guard let undecided else { preconditionFailure("texts that a column consists of are kept") }
        return undecided
    }
}

/// An array of which `fill` writes every element.
private func filled<Element: BitwiseCopyable>(
    _ count: Int, _ fill: (UnsafeMutableBufferPointer<Element>) throws(ScratchError) -> Void
) throws(ScratchError) -> [Element] {
    var problem: ScratchError?
    let array = [Element](unsafeUninitializedCapacity: count) { buffer, filled in
        do throws(ScratchError) {
            try fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
            filled = count
        } catch { problem = error }
    }
    if let problem { throw problem }
    return array
}
