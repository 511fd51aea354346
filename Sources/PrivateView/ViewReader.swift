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
    /// The line under way. Wiped wherever its memory is given back: it may hold a key.
    private var buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: 1 << 12)
    private var capacity = 1 << 12

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
        explicit_bzero(buffer, capacity)
        buffer.deallocate()
    }

    /// The next record; `nil` at the end of the file.
    /// - Throws: ``PrivateViewError``.
    public func next() throws(PrivateViewError) -> ViewRecord? {
        let length = try readLine()
        guard length > 0 else { return nil }
        line += 1
        let bytes = UnsafeRawBufferPointer(start: buffer, count: length)
        do { return try JSONDecoder().decode(ViewRecord.self, from: Data(bytes)) } catch {
            // The decoder's own words could quote what stands in the line.
            throw .malformed(path: path, line: line, problem: "no record of a private view")
        }
    }

    /// Fills the buffer with the next line, and its end if it has one; no bytes at the end of the file. Not `getline`, which takes
    /// all the memory that a file without line ends asks for.
    private func readLine() throws(PrivateViewError) -> Int {
        var length = 0
        while true {
            let byte = getc_unlocked(file)
            if byte == EOF { break }
            guard length < Self.lineLimit else {
                throw .malformed(path: path, line: line + 1, problem: "a line too long")
            }
            if length == capacity { grow() }
            buffer[length] = UInt8(byte)
            length += 1
            if byte == UInt8(ascii: "\n") { break }
        }
        if ferror(file) != 0 { throw .unreadable(path: path, problem: "line \(line + 1) cannot be read") }
        return length
    }

    private func grow() {
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: 2 * capacity)
        memcpy(larger, buffer, capacity)
        explicit_bzero(buffer, capacity)
        buffer.deallocate()
        (buffer, capacity) = (larger, 2 * capacity)
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
