internal import Glibc

/// The folder of a store, locked until this object goes, however its process ends.
final class StoreFolder: Sendable {
    let path: String
    private let lock: Int32

    /// - Parameter makes: The folder is made for its owner only, if it is not there; not the folders above it.
    /// - Throws: ``HistoryCacheError/inUse(path:)`` where another holds it.
    init(_ path: String, makes: Bool) throws(HistoryCacheError) {
        if makes, mkdir(path, 0o700) != 0, errno != EEXIST { throw .file(path: path, action: "made", code: errno) }
        let name = path + "/lock"
        let lock = open(name, O_RDWR | O_CLOEXEC | (makes ? O_CREAT : 0), 0o600)
        guard lock >= 0 else {
            throw errno == ENOENT ? .missing(path: path) : .file(path: name, action: "opened", code: errno)
        }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(lock)
            throw code == EWOULDBLOCK ? .inUse(path: name) : .file(path: name, action: "locked", code: code)
        }
        (self.path, self.lock) = (path, lock)
    }

    deinit { close(lock) }

    /// The path of a file in it.
    func file(_ name: String) -> String { path + "/" + name }

    /// Whether it has a file of this name that is not empty: one that is, is what a loss of power left of a new file.
    func has(_ name: String) -> Bool {
        var status = stat()
        return stat(file(name), &status) == 0 && status.st_size > 0
    }

    /// Gives a file the place of another one.
    func replace(_ name: String, by newer: String) throws(HistoryCacheError) {
        guard rename(file(newer), file(name)) == 0 else {
            throw .file(path: file(name), action: "replaced", code: errno)
        }
    }

    /// Waits until the disk has the names of its files.
    func synchronise() throws(HistoryCacheError) {
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .file(path: path, action: "opened", code: errno) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw .file(path: path, action: "brought to the disk", code: errno) }
    }

    /// What tells one start of this machine from another: what was written before and did not reach the disk may be lost.
    static func currentBoot() throws(HistoryCacheError) -> String {
        let path = "/proc/sys/kernel/random/boot_id"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: path, action: "opened", code: errno) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count > 0 else { throw .file(path: path, action: "read", code: count < 0 ? errno : EIO) }
        return String(decoding: bytes[..<count].prefix { $0 > 32 }, as: UTF8.self)
    }
}
