internal import Glibc

/// A file without a name: nobody else can open it, and it goes with this object, however the process ends.
package final class TemporaryFile: Sendable {
    /// Where it lies.
    package let folder: String
    private let descriptor: Int32

    /// - Parameter makesFolder: Whether the folder is made where it is not there, and the one that it is in, for their owner only.
    /// - Throws: ``ScratchError``.
    package init(in folder: String, makesFolder: Bool = false) throws(ScratchError) {
        self.folder = folder
        if makesFolder, mkdir(folder, 0o700) != 0, errno == ENOENT, let slash = folder.lastIndex(of: "/") {
            _ = mkdir(String(folder[..<slash]), 0o700)
            _ = mkdir(folder, 0o700)
        }
        // Of mode 0600 until its name goes.
        var path = Array("\(folder)/colonnade-XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw Self.failure(in: folder) }
        unlink(path)
        // Not for programs that this one starts.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(descriptor) }

    /// Writes bytes from a place on.
    /// - Throws: ``ScratchError``, also where the disk is full.
    package func write(_ bytes: UnsafeRawBufferPointer, at place: Int) throws(ScratchError) {
        try transfer(bytes.count) { done in
            pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, place + done)
        }
    }

    /// Fills `bytes` with what lies from a place on. Never mapped into memory, so that what is resident is what was asked for.
    /// - Throws: ``ScratchError``.
    package func read(into bytes: UnsafeMutableRawBufferPointer, at place: Int) throws(ScratchError) {
        try transfer(bytes.count) { done in
            pread(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, place + done)
        }
    }

    /// Refuses to begin what cannot end.
    /// - Throws: ``ScratchError/full(folder:needed:free:)``.
    package func requireFree(_ needed: Int) throws(ScratchError) {
        var status = statvfs()
        guard fstatvfs(descriptor, &status) == 0 else { return }
        let free = Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
        if free < needed { throw .full(folder: folder, needed: needed, free: free) }
    }

    /// Goes on until so many bytes are through.
    private func transfer(_ count: Int, _ step: (_ done: Int) -> Int) throws(ScratchError) {
        var done = 0
        while done < count {
            let length = step(done)
            if length < 0, errno == EINTR { continue }
            guard length != 0 else { throw .file(folder: folder, problem: "it ends too early") }
            guard length > 0 else { throw Self.failure(in: folder) }
            done += length
        }
    }

    private static func failure(in folder: String) -> ScratchError {
        .file(folder: folder, problem: String(cString: strerror(errno)))
    }
}
