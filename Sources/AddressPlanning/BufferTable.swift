internal import FoundationEssentials

/// Buffers out of a table in MiniMalloc's format: CSV whose header names the columns id, lower, upper and size, in any
/// order, and perhaps alignment.
public enum BufferTable {
    /// Reads a file.
    ///
    /// - Parameters:
    ///   - alignment: Of all buffers, unless the table has a column for it.
    ///   - capacity: The bytes of the arena; nil if it is to be as small as can be.
    /// - Throws: ``BufferTableError``.
    public static func read(
        _ path: String, alignment: Int = Buffer.standardAlignment, capacity: Int? = nil
    ) throws(BufferTableError) -> AllocationProblem {
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw .cannotRead(file: path)
        }
        return try parse(text, file: path, alignment: alignment, capacity: capacity)
    }

    /// Reads a text.
    ///
    /// - Parameter file: What the text is called in errors.
    /// - Throws: ``BufferTableError``.
    public static func parse(
        _ text: String, file: String, alignment: Int = Buffer.standardAlignment, capacity: Int? = nil
    ) throws(BufferTableError) -> AllocationProblem {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let columns = try Columns(lines.first ?? "", file: file)
        var buffers: [Buffer] = []
        var (linesOfIDs, places): ([String: Int], [Int]) = ([:], [])
        for (index, line) in lines.enumerated().dropFirst() where !line.allSatisfy(\.isWhitespace) {
            let buffer = try columns.buffer(line, number: index + 1, alignment: alignment)
            if let first = linesOfIDs.updateValue(index + 1, forKey: buffer.id) {
                throw .duplicateID(file: file, line: index + 1, id: buffer.id, first: first)
            }
            do { _ = try AllocationProblem([buffer]) } catch {
                throw .invalid(file: file, line: index + 1, error)
            }
            buffers.append(buffer)
            places.append(index + 1)
        }
        do { return try AllocationProblem(buffers, capacity: capacity) } catch {
            // Each buffer alone is a problem, so that it is their sum.
            throw .invalid(file: file, line: places.last ?? 1, error)
        }
    }

    private struct Columns {
        private static let required = ["id", "lower", "upper", "size"]
        private let file: String
        private let names: [String]

        init(_ header: Substring, file: String) throws(BufferTableError) {
            self.file = file
            names = Self.cells(header).map(String.init)
            for name in names where !(Self.required + ["alignment"]).contains(name) {
                throw .unknownColumn(file: file, column: name)
            }
            for name in names where names.count(where: { $0 == name }) > 1 {
                throw .duplicateColumn(file: file, column: name)
            }
            for name in Self.required where !names.contains(name) {
                throw .missingColumn(file: file, column: name)
            }
        }

        func buffer(_ line: Substring, number: Int, alignment: Int) throws(BufferTableError) -> Buffer {
            let cells = Self.cells(line)
            guard cells.count == names.count else {
                throw .raggedRow(file: file, line: number, expected: names.count, found: cells.count)
            }
            var (id, numbers): (String, [String: Int]) = ("", ["alignment": alignment])
            for (name, cell) in zip(names, cells) {
                if name == "id" {
                    guard !cell.isEmpty else { throw .emptyID(file: file, line: number) }
                    id = String(cell)
                } else {
                    guard let value = Int(cell) else {
                        throw .notANumber(file: file, line: number, column: name)
                    }
                    numbers[name] = value
                }
            }
            return Buffer(
                id: id, lower: numbers["lower", default: 0], upper: numbers["upper", default: 0],
                size: numbers["size", default: 0], alignment: numbers["alignment", default: alignment])
        }

        private static func cells(_ line: Substring) -> [Substring] {
            line.split(separator: ",", omittingEmptySubsequences: false).map { cell in
                let start = cell.drop(while: \.isWhitespace)
                return start.prefix(start.count - start.reversed().prefix(while: \.isWhitespace).count)
            }
        }
    }
}

/// Why a table of buffers cannot be read. Lines count from 1, the header's.
public enum BufferTableError: Error, Equatable {
    case cannotRead(file: String)
    case missingColumn(file: String, column: String)
    case unknownColumn(file: String, column: String)
    case duplicateColumn(file: String, column: String)
    case raggedRow(file: String, line: Int, expected: Int, found: Int)
    case emptyID(file: String, line: Int)
    case notANumber(file: String, line: Int, column: String)
    case duplicateID(file: String, line: Int, id: String, first: Int)
    case invalid(file: String, line: Int, PlanningError)
}

extension BufferTableError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .cannotRead(let file): "\(file) cannot be read as UTF-8 text; check the path and its permissions"
        case .missingColumn(let file, let column):
            "\(file), line 1: the column '\(column)' is missing; the header names id, lower, upper and size"
        case .unknownColumn(let file, let column):
            "\(file), line 1: unknown column '\(column)'; there are id, lower, upper, size and alignment"
        case .duplicateColumn(let file, let column): "\(file), line 1: the column '\(column)' is named twice"
        case .raggedRow(let file, let line, let expected, let found):
            "\(file), line \(line): \(found) cells for \(expected) columns"
        case .emptyID(let file, let line): "\(file), line \(line): the id is empty"
        case .notANumber(let file, let line, let column):
            "\(file), line \(line): a whole number is expected in the column '\(column)'"
        case .duplicateID(let file, let line, let id, let first):
            "\(file), line \(line): buffer \(id) is there already, on line \(first)"
        case .invalid(let file, let line, let error): "\(file), line \(line): \(error)"
        }
    }
}
