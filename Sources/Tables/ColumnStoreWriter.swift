internal import RowSources
internal import Scratch

/// Takes the rows of a source one by one and gives the columns of a table. Memory holds a few megabytes of them at a time.
///
/// A column of which no cell was a text so far is kept as numbers; its texts are put aside, because it may turn out to be none.
struct ColumnStoreWriter: ~Copyable {
    /// Bytes of cells and their ends that are gathered before they are put in columns.
    private static let groupSize = 1 << 21

    private struct Draft {
        let name: String
        let declared: ColumnType?
        var pieces: [ColumnStore.Piece] = []
        var texts: [ColumnStore.Piece] = []
        var missing = 0
        var strays = 0
        var firstText: Int?
        var firstNotFinite: Int?

        /// Whether all cells were numbers or missing so far.
        var mayBeNumbers: Bool { declared != .category && firstText == nil && firstNotFinite == nil }
    }

    private let file: String
    private var drafts: [Draft]
    private var kept: SpoolWriter
    private var undecided: SpoolWriter
    private var ends: [Int] = []
    /// Bytes of the source, as far as can be told.
    private let expected: Int
    /// Bytes of cells and of what separates them that were taken.
    private var taken = 0

    /// Cells of the group under way, row by row.
    private var bytes: [UInt8] = []
    private var cellEnds: [UInt32] = []
    private var rows = 0

    /// - Parameter expected: Bytes of the source, or fewer.
    init(file: String, columns: [(name: String, declared: ColumnType?)], in space: WorkingSpace, expected: Int) {
        self.file = file
        self.expected = expected
        drafts = columns.map { Draft(name: $0.name, declared: $0.declared) }
        kept = SpoolWriter(in: space)
        undecided = SpoolWriter(in: space)
    }

    mutating func append(_ row: borrowing Row) throws(TablesError) {
        let start = UInt32(bytes.count)
        bytes.append(contentsOf: row.bytes)
        for end in row.ends { cellEnds.append(start + UInt32(end)) }
        rows += 1
        if bytes.count + MemoryLayout<UInt32>.stride * cellEnds.count >= Self.groupSize { try finishGroup() }
    }

    private mutating func finishGroup() throws(TablesError) {
        taken += bytes.count + cellEnds.count
        let first = ends.last ?? 0
        do {
            // How much a byte of the source comes to is known from what was read; before, it is taken for one.
            let share = max(1, Double(expected) / Double(taken))
            let all = max(expected, Int(min(Double(kept.count + undecided.count) * share, 0x1p60)))
            (kept.expected, undecided.expected) = (all, all)
            for column in drafts.indices { try finishGroup(column, firstRow: first) }
        } catch { throw .scratch(file: file, error) }
        ends.append(first + rows)
        bytes.removeAll(keepingCapacity: true)
        cellEnds.removeAll(keepingCapacity: true)
        rows = 0
    }

    private mutating func finishGroup(_ column: Int, firstRow: Int) throws(ScratchError) {
        let (texts, textEnds) = cells(of: column)
        let couldBeNumbers = drafts[column].mayBeNumbers
        let declared = drafts[column].declared
        if declared != .category {
            let numbers = numbers(texts, textEnds, column, firstRow: firstRow)
            if drafts[column].mayBeNumbers {
                drafts[column].pieces.append(.init(isUndecided: false, place: try kept.append(numbers), length: 0))
            }
        }
        guard declared != .number else { return }
        let place: Int
        if couldBeNumbers {
            place = try undecided.append(textEnds)
            try undecided.append(texts)
        } else {
            place = try kept.append(textEnds)
            try kept.append(texts)
        }
        drafts[column].texts.append(.init(isUndecided: couldBeNumbers, place: place, length: UInt32(texts.count)))
    }

    /// One column's texts of the group, one behind the other, and where each ends.
    private func cells(of column: Int) -> (texts: [UInt8], ends: [UInt32]) {
        let width = drafts.count
        var length = 0
        let ends = [UInt32](unsafeUninitializedCapacity: rows) { ends, count in
            cellEnds.withUnsafeBufferPointer { cellEnds in
                for (row, cell) in stride(from: column, to: rows * width, by: width).enumerated() {
                    length += Int(cellEnds[cell] - (cell == 0 ? 0 : cellEnds[cell - 1]))
                    ends[row] = UInt32(length)
                }
            }
            count = rows
        }
        let texts = [UInt8](unsafeUninitializedCapacity: length) { texts, count in
            bytes.withUnsafeBufferPointer { bytes in
                cellEnds.withUnsafeBufferPointer { cellEnds in
                    for cell in stride(from: column, to: rows * width, by: width) {
                        let (start, end) = (Int(cell == 0 ? 0 : cellEnds[cell - 1]), Int(cellEnds[cell]))
                        guard start < end, let from = bytes.baseAddress, let to = texts.baseAddress else { continue }
                        (to + count).update(from: from + start, count: end - start)
                        count += end - start
                    }
                }
            }
        }
        return (texts, ends)
    }

    /// One column's numbers of the group; of a column that cannot be numbers any more its cells are only counted.
    private mutating func numbers(
        _ texts: [UInt8], _ ends: [UInt32], _ column: Int, firstRow: Int
    ) -> [Double] {
        var draft = drafts[column]
        defer { drafts[column] = draft }
        var start = 0
        return [Double](unsafeUninitializedCapacity: ends.count) { numbers, count in
            for (row, end) in ends.enumerated() {
                let cell = start..<Int(end)
                start = cell.upperBound
                if let number = texts.withUnsafeBufferPointer({
                    NumberCell.plainDecimal(UnsafeBufferPointer(rebasing: $0[cell]))
                }) {
                    numbers[row] = number
                    continue
                }
                var number = Double.nan
                switch NumberCell(texts[cell]) {
                case .missing:
                    draft.missing += 1
                case .value(let value):
                    number = value
                case .notFinite:
                    draft.firstNotFinite = draft.firstNotFinite ?? firstRow + row
                case .text:
                    draft.firstText = draft.firstText ?? firstRow + row
                    draft.strays += 1
                }
                numbers[row] = number
            }
            count = ends.count
        }
    }

    /// The columns, and how many rows they have.
    ///
    /// Without a declaration a column is numeric when at least half of its non-empty cells are numbers: so a single stray text in a
    /// column of numbers is an error that names its place, not a silent change of type.
    ///
    /// - Parameter place: Where a row stands in its source.
    consuming func finish(place: (Int) -> RowPlace) throws(TablesError) -> (columns: [Column], store: ColumnStore) {
        if rows > 0 { try finishGroup() }
        let count = ends.last ?? 0
        var chosen: [(name: String, type: ColumnType, pieces: [ColumnStore.Piece])] = []
        for draft in drafts {
            guard draft.declared != .category, draft.declared == .number || 2 * draft.strays <= count - draft.missing
            else {
                chosen.append((draft.name, .category, draft.texts))
                continue
            }
            if let row = draft.firstText { throw .notANumber(file: file, at: place(row), column: draft.name) }
            if let row = draft.firstNotFinite { throw .notFinite(file: file, at: place(row), column: draft.name) }
            chosen.append((draft.name, .number, draft.pieces))
        }
        // Else the texts of what are numbers go here.
        let isNeeded = chosen.contains { $0.type == .category && $0.pieces.contains(where: \.isUndecided) }
        let store: ColumnStore
        do {
            store = ColumnStore(
                file: file, kept: try kept.finish(), undecided: isNeeded ? try undecided.finish() : nil, ends: ends)
        } catch { throw .scratch(file: file, error) }
        return (chosen.map { Column(name: $0.name, type: $0.type, pieces: $0.pieces, store: store) }, store)
    }
}
