/// Reads CSV (RFC 4180) record by record from blocks of bytes.
///
/// Lines end with LF or CRLF; a byte-order mark at the start and lines with nothing on them are skipped. A record is
/// never much larger than ``recordLimit``, so that a missing quote cannot swallow a large file into memory.
package struct CSVReader: RowSource {
    package static let recordLimit = 1 << 20

    private enum State {
        case fieldStart
        case unquoted
        case quoted
        /// After a quote within a quoted field: it closes the field, or another quote makes it part of the text.
        case quote
        /// After the carriage return that follows a closed field.
        case carriageReturn
    }

    package let name: String
    package let unit = RowUnit.line
    package private(set) var columns: [String] = []
    private let separator: UInt8
    private let blocks: () throws(RowSourceError) -> [UInt8]
    /// The first record of a file without a header.
    private var first: Row?
    private var block: [UInt8] = []
    private var position = 0
    private var started = false

    private var state = State.fieldStart
    private var line = 1
    private var quoteLine = 1
    private var highBits: UInt8 = 0

    /// - Parameters:
    ///   - file: the name that errors give.
    ///   - blocks: gives the next block of the file, an empty one at its end.
    /// - Throws: ``RowSourceError``, also where there is no first record.
    package init(
        file: String, _ format: CSVFormat = CSVFormat(), blocks: @escaping () throws(RowSourceError) -> [UInt8]
    ) throws(RowSourceError) {
        name = file
        separator = format.separator
        self.blocks = blocks
        var record = Row()
        guard try read(&record) else { throw .empty(file: name) }
        switch format.names {
        case .header:
            columns = record.ends.indices.map { String(decoding: record[$0].trimmingSpaces(), as: UTF8.self) }
        case .numbered: columns = record.ends.indices.map { "c\($0 + 1)" }
        case .given(let names): columns = names
        }
        if format.names != .header { first = record }
        try check(columns)
    }

    package mutating func next(_ row: inout Row) throws(RowSourceError) -> Bool {
        if let first {
            row = first
            self.first = nil
        } else {
            guard try read(&row) else { return false }
        }
        guard row.ends.count == columns.count else {
            throw .raggedRow(file: name, line: row.number, expected: columns.count, found: row.ends.count)
        }
        return true
    }

    /// Fills `record` with the next record; false at the end of the file.
    private mutating func read(_ record: inout Row) throws(RowSourceError) -> Bool {
        record.begin(line)
        state = .fieldStart
        highBits = 0
        while true {
            while position < block.count {
                if state == .fieldStart || state == .unquoted {
                    passPlainCells(&record)
                    guard position < block.count else { break }
                }
                position += 1
                if try accept(block[position - 1], &record) { return true }
            }
            guard record.bytes.count <= Self.recordLimit else {
                throw .recordTooLong(file: name, line: record.number, limit: Self.recordLimit)
            }
            guard try refill() else { return try finishFile(&record) }
        }
    }

    /// Takes cells, or the rest of one, up to a byte that is more than text or a separator: nearly all bytes of most files.
    private mutating func passPlainCells(_ record: inout Row) {
        let separator = separator
        var (place, bits, isStart) = (position, UInt8(0), state == .fieldStart)
        block.withUnsafeBufferPointer { block in
            var start = place
            while place < block.count {
                let byte = block[place]
                if byte == separator {
                    record.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: block[start..<place]))
                    record.endCell()
                    isStart = true
                    start = place + 1
                } else if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\"") {
                    break
                } else {
                    bits |= byte
                }
                place += 1
            }
            guard start < place else { return }
            record.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: block[start..<place]))
            isStart = false
        }
        highBits |= bits
        position = place
        state = isStart ? .fieldStart : .unquoted
    }

    /// Takes one byte; true where it ends the record.
    private mutating func accept(_ byte: UInt8, _ record: inout Row) throws(RowSourceError) -> Bool {
        highBits |= byte
        switch state {
        case .fieldStart where byte == UInt8(ascii: "\""):
            state = .quoted
            quoteLine = line
        case .fieldStart, .unquoted:
            switch byte {
            case separator:
                record.endCell()
                state = .fieldStart
            case UInt8(ascii: "\n"):
                return try finishUnquotedLine(&record)
            case UInt8(ascii: "\""):
                throw strayQuote(record)
            default:
                record.bytes.append(byte)
                state = .unquoted
            }
        case .quoted:
            if byte == UInt8(ascii: "\"") {
                state = .quote
            } else {
                if byte == UInt8(ascii: "\n") { line += 1 }
                record.bytes.append(byte)
            }
        case .quote:
            switch byte {
            case UInt8(ascii: "\""):
                record.bytes.append(byte)
                state = .quoted
            case separator:
                record.endCell()
                state = .fieldStart
            case UInt8(ascii: "\n"):
                line += 1
                return try finish(&record)
            case UInt8(ascii: "\r"):
                state = .carriageReturn
            default:
                throw strayQuote(record)
            }
        case .carriageReturn:
            guard byte == UInt8(ascii: "\n") else { throw strayQuote(record) }
            line += 1
            return try finish(&record)
        }
        return false
    }

    private mutating func finishUnquotedLine(_ record: inout Row) throws(RowSourceError) -> Bool {
        line += 1
        dropCarriageReturn(&record)
        if record.ends.isEmpty && record.bytes.isEmpty {
            record.number = line
            state = .fieldStart
            return false
        }
        return try finish(&record)
    }

    private mutating func finishFile(_ record: inout Row) throws(RowSourceError) -> Bool {
        switch state {
        case .quoted:
            throw .unterminatedQuote(file: name, line: quoteLine, field: record.ends.count + 1)
        case .fieldStart, .unquoted:
            dropCarriageReturn(&record)
            if record.ends.isEmpty && record.bytes.isEmpty { return false }
            return try finish(&record)
        case .quote, .carriageReturn:
            return try finish(&record)
        }
    }

    private func dropCarriageReturn(_ record: inout Row) {
        // Of an empty field nothing is dropped: the last byte of the record belongs to the field before.
        let fieldIsEmpty = record.bytes.count == record.ends.last ?? 0
        if !fieldIsEmpty && record.bytes.last == UInt8(ascii: "\r") { record.bytes.removeLast() }
    }

    private func finish(_ record: inout Row) throws(RowSourceError) -> Bool {
        record.endCell()
        if highBits >= 0x80, let cell = record.firstNotUTF8 {
            throw .notUTF8(source: name, at: .line(record.number), field: cell + 1)
        }
        return true
    }

    private func strayQuote(_ record: Row) -> RowSourceError {
        .strayQuote(file: name, line: line, field: record.ends.count + 1)
    }

    private mutating func refill() throws(RowSourceError) -> Bool {
        block = try blocks()
        position = 0
        if !started {
            started = true
            if block.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        }
        return !block.isEmpty
    }
}
