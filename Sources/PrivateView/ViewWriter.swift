internal import FoundationEssentials
internal import Glibc

/// Writes a private view line by line: a file for its owner only, never written over.
///
/// Lines wait in memory until 64 KiB of them are there; what they were encoded into is wiped. Not for use from several threads at a
/// time.
public final class ViewWriter {
    private static let capacity = 64 << 10

    /// The file that is written.
    public let path: String

    private let descriptor: Int32
    private let encoder = JSONEncoder()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 1)
    /// Bytes of the buffer that wait to be written.
    private var waiting = 0

    /// Creates the file.
    /// - Throws: ``PrivateViewError/unwritable(path:problem:)``, as every method does.
    public init(path: String) throws(PrivateViewError) {
        self.path = path
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .unwritable(
                path: path,
                problem: errno == EEXIST
                    ? "it exists already, and a private view is never written over" : String(cString: strerror(errno)))
        }
    }

    /// What waits is written, if it can be: only ``finish()`` says whether it was.
    deinit {
        try? flush()
        wipe(buffer)
        buffer.deallocate()
        if descriptor >= 0 { close(descriptor) }
    }

    /// Adds a line.
    public func write(_ record: ViewRecord) throws(PrivateViewError) {
        var line: Data
        do { line = try encoder.encode(record) } catch {
            throw .unwritable(path: path, problem: "a record holds a number that JSON has no way to write")
        }
        line.append(0x0A)
        defer { line.withUnsafeMutableBytes(wipe) }
        let outcome = line.withUnsafeBytes { bytes in
            Result { () throws(PrivateViewError) in try append(bytes) }
        }
        try outcome.get()
    }

    /// Writes what waits, and has the disk keep it.
    public func finish() throws(PrivateViewError) {
        try flush()
        guard fsync(descriptor) == 0 else { throw failure() }
    }

    private func append(_ bytes: UnsafeRawBufferPointer) throws(PrivateViewError) {
        if waiting + bytes.count > buffer.count { try flush() }
        guard bytes.count <= buffer.count else { return try put(bytes) }
        UnsafeMutableRawBufferPointer(rebasing: buffer[waiting...]).copyMemory(from: bytes)
        waiting += bytes.count
    }

    private func flush() throws(PrivateViewError) {
        defer { waiting = 0 }
        try put(UnsafeRawBufferPointer(rebasing: buffer[..<waiting]))
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws(PrivateViewError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            rest = rest.dropFirst(count)
        }
    }

    private func failure() -> PrivateViewError {
        .unwritable(path: path, problem: String(cString: strerror(errno)))
    }
}

private func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
    if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
}
