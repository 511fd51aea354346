internal import Glibc

/// An open file, read and written at given places. Closed when the last reference goes.
final class DataFile: Sendable {
    /// The path, as errors name it.
    let path: String
    private let descriptor: Int32

    /// Opens a file that is there.
    init(reading path: String) throws(IdentifiersError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotRead(path: path, code: errno) }
    }

    /// Makes a file, empty, in the place of any other, that only its owner may read.
    ///
    /// - Parameter isNameless: Whether its name goes at once, so that the file goes with this object, however the process ends.
    init(creating path: String, isNameless: Bool = false) throws(IdentifiersError) {
        self.path = path
        unlink(path)
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0, !isNameless || unlink(path) == 0 else {
            throw .cannotWrite(path: path, code: errno)
        }
    }

    deinit { close(descriptor) }

    /// Its length in bytes.
    func size() throws(IdentifiersError) -> Int {
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0 else { throw .cannotRead(path: path, code: errno) }
        return size
    }

    /// Fills `bytes` from `offset` on.
    func read(_ bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(IdentifiersError) {
        var done = 0
        while done < bytes.count {
            let count = pread(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, offset + done)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .cannotRead(path: path, code: errno) }
            guard count > 0 else { throw .damaged(path: path, problem: "the file ends too early") }
            done += count
        }
    }

    /// Writes all of `bytes` from `offset` on.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(IdentifiersError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, offset + done)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .cannotWrite(path: path, code: errno) }
            done += count
        }
    }

    /// Gives the file its final name, in the place of any other; when this returns, contents and name have reached the disk.
    func settle(as finalPath: String) throws(IdentifiersError) {
        guard fsync(descriptor) == 0, rename(path, finalPath) == 0 else {
            throw .cannotWrite(path: finalPath, code: errno)
        }
        let folder = finalPath.lastIndex(of: "/").map { String(finalPath[...$0]) } ?? "."
        let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folderDescriptor >= 0 else { throw .cannotWrite(path: finalPath, code: errno) }
        defer { close(folderDescriptor) }
        guard fsync(folderDescriptor) == 0 else { throw .cannotWrite(path: finalPath, code: errno) }
    }

    /// Removes a file that is of no use; one that is not there is no error.
    static func remove(_ path: String) { unlink(path) }
}
