internal import FoundationEssentials
internal import Glibc

/// Reads a private view line by line, in the memory of its longest line.
public final class ViewReader {
    /// No line is longer, in bytes.
    public static let lineLimit = 256 << 20

    public let path: String
    /// The number of the last line that was read, from 1.
    public private(set) var line = 0

    private let file: UnsafeMutablePointer<FILE>
    private var buffer: UnsafeMutablePointer<CChar>?
    private var capacity = 0

    /// Opens a file; nothing is read yet.
    /// - Throws: ``PrivateViewError/unreadable(path:problem:)``.
    public init(path: String) throws(PrivateViewError) {
        self.path = path
        guard let file = fopen(path, "rbe") else {
            throw .unreadable(path: path, problem: String(cString: strerror(errno)))
        }
        self.file = file
    }

    deinit {
        fclose(file)
        if let buffer {
            explicit_bzero(buffer, capacity)
            free(buffer)
        }
    }

    /// The next record; `nil` at the end of the file.
    /// - Throws: ``PrivateViewError``.
    public func next() throws(PrivateViewError) -> ViewRecord? {
        let length = getline(&buffer, &capacity, file)
        guard length > 0, let buffer else {
            if ferror(file) != 0 { throw .unreadable(path: path, problem: "line \(line + 1) cannot be read") }
            return nil
        }
        line += 1
        guard length <= Self.lineLimit else { throw .malformed(path: path, line: line, problem: "a line too long") }
        let bytes = UnsafeRawBufferPointer(start: buffer, count: length)
        do { return try JSONDecoder().decode(ViewRecord.self, from: Data(bytes)) } catch {
            // The decoder's own words could quote what stands in the line.
            throw .malformed(path: path, line: line, problem: "no record of a private view")
        }
    }
}

/// Why a private view cannot be read or written. Holds paths, lines and names, never contents.
public enum PrivateViewError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, problem: String)
    case unwritable(path: String, problem: String)
    case malformed(path: String, line: Int, problem: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let problem): "\(path) cannot be read: \(problem)"
        case .unwritable(let path, let problem): "\(path) cannot be written: \(problem)"
        case .malformed(let path, let line, let problem): "\(path), line \(line): \(problem)"
        }
    }
}
