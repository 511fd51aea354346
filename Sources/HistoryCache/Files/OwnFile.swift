internal import Glibc

/// A file that its owner alone can read, open for reading and writing until this object goes.
final class OwnFile: Sendable {
    let path: String
    let descriptor: Int32

    /// - Parameters:
    ///   - isNew: made, or emptied, rather than looked for.
    ///   - final: the name that it is going to have; errors name it.
    init(_ path: String, isNew: Bool, final: String? = nil) throws(HistoryCacheError) {
        descriptor = open(path, O_RDWR | O_CLOEXEC | (isNew ? O_CREAT | O_TRUNC : 0), 0o600)
        guard descriptor >= 0 else {
            throw .file(path: path, action: isNew ? "made" : "opened", code: errno)
        }
        self.path = final ?? path
    }

    deinit { close(descriptor) }

    var length: Int {
        get throws(HistoryCacheError) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw failure("looked at") }
            return Int(status.st_size)
        }
    }

    /// Writes all bytes from a place on.
    func write(_ bytes: UnsafeRawBufferPointer, at place: Int) throws(HistoryCacheError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, place + done)  // not empty
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("written", count < 0 ? errno : EIO) }
            done += count
        }
    }

    /// Reads so many bytes from a place on, less where the file ends.
    func read(_ count: Int, at place: Int) throws(HistoryCacheError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let length = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + done, count - done, place + done)  // count > 0
            }
            if length < 0, errno == EINTR { continue }
            guard length >= 0 else { throw failure("read") }
            guard length > 0 else { return Array(bytes[..<done]) }
            done += length
        }
        return bytes
    }

    /// Makes the file so long; what is added is zero, and takes no room on the disk yet.
    func resize(_ bytes: Int) throws(HistoryCacheError) {
        while ftruncate(descriptor, bytes) != 0 { guard errno == EINTR else { throw failure("resized") } }
    }

    /// Takes the disk's room for a part, so that writing to memory mapped there cannot find the disk full.
    func reserve(_ bytes: Int, at place: Int) throws(HistoryCacheError) {
        var code: Int32
        repeat { code = posix_fallocate(descriptor, place, bytes) } while code == EINTR
        guard code == 0 else { throw failure("extended", code) }
    }

    /// Waits until the disk has everything.
    func synchronise() throws(HistoryCacheError) {
        while fdatasync(descriptor) != 0 { guard errno == EINTR else { throw failure("brought to the disk") } }
    }

    func failure(_ action: String, _ code: Int32 = errno) -> HistoryCacheError {
        .file(path: path, action: action, code: code)
    }
}
