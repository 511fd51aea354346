internal import Glibc

/// A file of keys without a name: nobody else can open it, and it goes with this object, however the process ends.
package final class TemporaryFile {
    /// `$TMPDIR`, or `/tmp`.
    package static var standardFolder: String {
        guard let folder = getenv("TMPDIR").map({ String(cString: $0) }), !folder.isEmpty else { return "/tmp" }
        return folder
    }

    private let folder: String
    private let descriptor: Int32

    init(in folder: String) throws(ExternalSortError) {
        self.folder = folder
        // Of mode 0600 until its name goes.
        var path = Array("\(folder)/colonnade-XXXXXX".utf8CString)
        descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw Self.failure(in: folder) }
        unlink(path)
        // Not for programs that this one starts.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(descriptor) }

    /// Writes keys from the place of the key `start` on.
    func write(_ keys: [PlacedKey], at start: Int) throws(ExternalSortError) {
        try transfer(keys.count, at: start) { offset, place in
            keys.withUnsafeBytes { bytes in
                pwrite(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset, place)
            }
        }
    }

    /// Reads the keys of these places into the beginning of `keys`.
    func read(_ places: Range<Int>, into keys: UnsafeMutableBufferPointer<PlacedKey>) throws(ExternalSortError) {
        precondition(places.count <= keys.count, "room for what is read")
        try transfer(places.count, at: places.lowerBound) { offset, place in
            let bytes = UnsafeMutableRawBufferPointer(keys)
            let length = places.count * MemoryLayout<PlacedKey>.stride
            return pread(descriptor, bytes.baseAddress.map { $0 + offset }, length - offset, place)
        }
    }

    /// Goes on until so many keys are through.
    private func transfer(
        _ count: Int, at start: Int, _ step: (_ offset: Int, _ place: Int) -> Int
    ) throws(ExternalSortError) {
        let stride = MemoryLayout<PlacedKey>.stride
        var done = 0
        while done < count * stride {
            let length = step(done, start * stride + done)
            if length < 0, errno == EINTR { continue }
            guard length != 0 else { throw .file(folder: folder, problem: "it ends too early") }
            guard length > 0 else { throw Self.failure(in: folder) }
            done += length
        }
    }

    private static func failure(in folder: String) -> ExternalSortError {
        .file(folder: folder, problem: String(cString: strerror(errno)))
    }
}
