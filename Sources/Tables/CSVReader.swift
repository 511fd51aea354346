/// One record of a CSV file: the bytes of its fields, one after the other, without quotes and separators.
struct CSVRecord {
    var bytes: [UInt8] = []
    /// Where each field ends in `bytes`.
    var ends: [Int] = []
    /// The line on which the record begins.
    var line = 0

    func range(of field: Int) -> Range<Int> { (field == 0 ? 0 : ends[field - 1])..<ends[field] }
}

/// Reads CSV (RFC 4180) record by record from blocks of bytes.
///
/// Lines end with LF or CRLF; a byte-order mark at the start and lines with nothing on them are skipped. A record is
/// never much larger than ``recordLimit``, so that a missing quote cannot swallow a large file into memory.
struct CSVReader {
    static let recordLimit = 1 << 20

    private enum State {
        case fieldStart
        case unquoted
        case quoted
        /// After a quote within a quoted field: it closes the field, or another quote makes it part of the text.
        case quote
        /// After the carriage return that follows a closed field.
        case carriageReturn
    }

    private let file: String
    private let source: () throws -> [UInt8]
    private var block: [UInt8] = []
    private var position = 0
    private var started = false

    private var state = State.fieldStart
    private var line = 1
    private var quoteLine = 1
    private var highBits: UInt8 = 0

    /// - Parameters:
    ///   - file: the name that errors give.
    ///   - source: gives the next block of the file, an empty one at its end.
    init(file: String, source: @escaping () throws -> [UInt8]) {
        self.file = file
        self.source = source
    }

    /// Fills `record` with the next record; false at the end of the file.
    mutating func next(_ record: inout CSVRecord) throws -> Bool {
        record.bytes.removeAll(keepingCapacity: true)
        record.ends.removeAll(keepingCapacity: true)
        record.line = line
        state = .fieldStart
        highBits = 0
        while true {
            while position < block.count {
                position += 1
                if try accept(block[position - 1], &record) { return true }
            }
            guard record.bytes.count <= Self.recordLimit else {
                throw TablesError.recordTooLong(file: file, line: record.line, limit: Self.recordLimit)
            }
            guard try refill() else { return try finishFile(&record) }
        }
    }

    /// Takes one byte; true where it ends the record.
    private mutating func accept(_ byte: UInt8, _ record: inout CSVRecord) throws -> Bool {
        highBits |= byte
        switch state {
        case .fieldStart where byte == UInt8(ascii: "\""):
            state = .quoted
            quoteLine = line
        case .fieldStart, .unquoted:
            switch byte {
            case UInt8(ascii: ","):
                record.ends.append(record.bytes.count)
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
            case UInt8(ascii: ","):
                record.ends.append(record.bytes.count)
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

    private mutating func finishUnquotedLine(_ record: inout CSVRecord) throws -> Bool {
        line += 1
        dropCarriageReturn(&record)
        if record.ends.isEmpty && record.bytes.isEmpty {
            record.line = line
            state = .fieldStart
            return false
        }
        return try finish(&record)
    }

    private mutating func finishFile(_ record: inout CSVRecord) throws -> Bool {
        switch state {
        case .quoted:
            throw TablesError.unterminatedQuote(file: file, line: quoteLine, field: record.ends.count + 1)
        case .fieldStart, .unquoted:
            dropCarriageReturn(&record)
            if record.ends.isEmpty && record.bytes.isEmpty { return false }
            return try finish(&record)
        case .quote, .carriageReturn:
            return try finish(&record)
        }
    }

    private func dropCarriageReturn(_ record: inout CSVRecord) {
        // Of an empty field nothing is dropped: the last byte of the record belongs to the field before.
        let fieldIsEmpty = record.bytes.count == record.ends.last ?? 0
        if !fieldIsEmpty && record.bytes.last == UInt8(ascii: "\r") { record.bytes.removeLast() }
    }

    private func finish(_ record: inout CSVRecord) throws -> Bool {
        record.ends.append(record.bytes.count)
        guard highBits >= 0x80 else { return true }
        for field in record.ends.indices
        where String(validating: record.bytes[record.range(of: field)], as: UTF8.self) == nil {
            throw TablesError.notUTF8(file: file, line: record.line, field: field + 1)
        }
        return true
    }

    private func strayQuote(_ record: CSVRecord) -> TablesError {
        .strayQuote(file: file, line: line, field: record.ends.count + 1)
    }

    private mutating func refill() throws -> Bool {
        block = try source()
        position = 0
        if !started {
            started = true
            if block.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        }
        return !block.isEmpty
    }
}
