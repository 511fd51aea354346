internal import Scratch

/// Turns what is made column by column into rows: columns are written in pieces of so many rows that a piece of each fits into memory, and
/// read back piece by piece.
struct RowBlocks: Sendable {
    /// Bytes of all columns' pieces together.
    private static let blockSize = 1 << 22

    /// The rows of each piece, in their order.
    let blocks: [Range<Int>]
    private let spool: Spool
    /// Of each column, where its pieces lie.
    private let places: [[Int]]

    /// - Parameters:
    ///   - columns: How many there are.
    ///   - cellSize: Bytes of a cell, at most.
    ///   - wrap: Makes an error of a file that fails.
    ///   - fill: Gives a column: a closure that appends a piece of it and returns nothing.
    /// - Throws: What `fill` throws.
    init<Failure: Error>(
        rows: Int, columns: Int, cellSize: Int, in space: WorkingSpace, wrap: (ScratchError) -> Failure,
        fill: (_ column: Int) throws(Failure) -> (_ rows: Range<Int>, inout SpoolWriter) throws(ScratchError) -> Void
    ) throws(Failure) {
        let length = max(16, Self.blockSize / max(1, columns * cellSize))
        let blocks = stride(from: 0, to: rows, by: length).map { $0..<min($0 + length, rows) }
        var writer = SpoolWriter(in: space)
        var places: [[Int]] = []
        for column in 0..<columns {
            if column > 0 { writer.expected = writer.count / column * columns }
            let append = try fill(column)
            var starts: [Int] = []
            for block in blocks {
                starts.append(writer.count)
                do throws(ScratchError) { try append(block, &writer) } catch { throw wrap(error) }
            }
            places.append(starts)
        }
        (self.places, self.blocks) = (places, blocks)
        do throws(ScratchError) { spool = try writer.finish() } catch { throw wrap(error) }
    }

    /// Numbers of a column's piece.
    ///
    /// - Parameter start: Bytes of the piece before them.
    func numbers<Number: BitwiseCopyable>(
        column: Int, block: Int, after start: Int = 0, as type: Number.Type = Number.self
    ) throws(ScratchError) -> [Number] {
        try spool.numbers(blocks[block].count, at: places[column][block] + start)
    }
}
