/// Reads LIBSVM (svmlight) files: a label, perhaps `qid:NUMBER`, then `index:value` for what is not zero; `#` begins a comment.
///
/// Columns are `row` (the line, because such files have no ids), `label`, `qid` where the file has it, and `f1` to `fN`. What a line
/// does not mention is zero, not missing. N is the largest index of the file, which is read twice for it, unless it is given.
package struct LIBSVMReader: RowSource {
    package let name: String
    package let unit = RowUnit.line
    package private(set) var columns: [String] = []
    private let features: Int
    private var lines: LIBSVMLines

    /// - Parameters:
    ///   - file: the name that errors give.
    ///   - features: N; `nil` where it is to be found out.
    ///   - open: begins the file anew: what it returns gives the next block, an empty one at its end.
    package init(
        file: String, features: Int?,
        open: () throws(RowSourceError) -> (() throws(RowSourceError) -> [UInt8])
    ) throws(RowSourceError) {
        name = file
        var first = LIBSVMLines(file: file, limit: features ?? RowOrigin.featureLimit, blocks: try open())
        guard try first.next() else { throw .empty(file: file) }
        var largest = first.largestIndex
        if features == nil {
            while try first.next() { largest = max(largest, first.largestIndex) }
        }
        let count = features ?? largest
        self.features = count
        lines = LIBSVMLines(file: file, limit: count, blocks: try open())
        columns = ["row", "label"] + (first.hasQueries == true ? ["qid"] : []) + (0..<count).map { "f\($0 + 1)" }
    }

    package mutating func next(_ row: inout Row) throws(RowSourceError) -> Bool {
        guard try lines.next() else { return false }
        row.begin(lines.number)
        row.append("\(lines.number)".utf8)
        row.append(lines.text[lines.label])
        if let query = lines.query { row.append(lines.text[query]) }
        var index = 1
        for entry in lines.entries {
            while index < entry.index {
                row.append(CollectionOfOne(UInt8(ascii: "0")))
                index += 1
            }
            row.append(lines.text[entry.value])
            index += 1
        }
        while index <= features {
            row.append(CollectionOfOne(UInt8(ascii: "0")))
            index += 1
        }
        return true
    }
}

/// The lines of a LIBSVM file, taken apart one by one. Those without a label are passed over.
struct LIBSVMLines {
    private let file: String
    private let limit: Int
    private let blocks: () throws(RowSourceError) -> [UInt8]
    private var block: [UInt8] = []
    private var position = 0

    /// The line that was read last, counted from 1.
    private(set) var number = 0
    /// Its bytes, in which the ranges below lie.
    private(set) var text: [UInt8] = []
    private(set) var label = 0..<0
    private(set) var query: Range<Int>?
    private(set) var entries: [(index: Int, value: Range<Int>)] = []
    /// Whether lines have a query; `nil` before the first.
    private(set) var hasQueries: Bool?

    var largestIndex: Int { entries.last?.index ?? 0 }

    init(file: String, limit: Int, blocks: @escaping () throws(RowSourceError) -> [UInt8]) {
        self.file = file
        self.limit = limit
        self.blocks = blocks
    }

    /// Reads the next line that has a label; false at the end of the file.
    mutating func next() throws(RowSourceError) -> Bool {
        while try readLine() {
            if try parse() { return true }
        }
        return false
    }

    private mutating func readLine() throws(RowSourceError) -> Bool {
        text.removeAll(keepingCapacity: true)
        number += 1
        while true {
            if let end = block[position...].firstIndex(of: UInt8(ascii: "\n")) {
                text += block[position..<end]
                position = end + 1
                return true
            }
            text += block[position...]
            guard text.count <= CSVReader.recordLimit else {
                throw .recordTooLong(file: file, line: number, limit: CSVReader.recordLimit)
            }
            block = try blocks()
            position = 0
            if block.isEmpty { return !text.isEmpty }
        }
    }

    /// Takes `text` apart; false where there is nothing on it.
    private mutating func parse() throws(RowSourceError) -> Bool {
        query = nil
        entries.removeAll(keepingCapacity: true)
        var end = text.firstIndex(of: UInt8(ascii: "#")) ?? text.count
        if end > 0, text[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        var entry = 0
        var place = 0
        while let token = token(from: &place, to: end) {
            if entry == 0 {
                guard isNumber(token) else { throw problem(entry, .label) }
                label = token
            } else {
                try parse(token, entry)
            }
            entry += 1
        }
        guard entry > 0 else { return false }
        if hasQueries == true, query == nil { throw problem(1, .queryAbsent) }
        if hasQueries == nil { hasQueries = query != nil }
        return true
    }

    /// The next run of bytes without white space.
    private func token(from place: inout Int, to end: Int) -> Range<Int>? {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        while place < end, isSpace(text[place]) { place += 1 }
        guard place < end else { return nil }
        let start = place
        while place < end, !isSpace(text[place]) { place += 1 }
        return start..<place
    }

    private mutating func parse(_ token: Range<Int>, _ entry: Int) throws(RowSourceError) {
        guard let colon = text[token].firstIndex(of: UInt8(ascii: ":")) else { throw problem(entry, .pair) }
        let value = colon + 1..<token.upperBound
        guard isNumber(value) else { throw problem(entry, .value) }
        if text[token].starts(with: "qid:".utf8) {
            guard entry == 1, hasQueries != false else { throw problem(entry, .queryUnexpected) }
            query = value
            return
        }
        guard let index = wholeNumber(token.lowerBound..<colon), index > 0 else { throw problem(entry, .index) }
        guard index <= limit else { throw problem(entry, .tooLarge) }
        guard index > largestIndex else { throw problem(entry, .order) }
        entries.append((index, value))
    }

    private func isNumber(_ range: Range<Int>) -> Bool {
        if case .value = NumberCell(text[range]) { true } else { false }
    }

    /// Digits as a number, one that is too large as the largest.
    private func wholeNumber(_ range: Range<Int>) -> Int? {
        guard !range.isEmpty else { return nil }
        var number = 0
        for byte in text[range] {
            guard case let digit = byte &- UInt8(ascii: "0"), digit < 10 else { return nil }
            number = min(number * 10 + Int(digit), Int.max / 16)
        }
        return number
    }

    private func problem(_ entry: Int, _ problem: LIBSVMProblem) -> RowSourceError {
        .libsvm(file: file, line: number, entry: entry, problem)
    }
}
