internal import FoundationEssentials
internal import Glibc

/// Why a party's own state could not be kept. Holds paths and system errors, never contents.
public enum StateError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, problem: String)
    case unwritable(path: String, problem: String)
    case damaged(path: String)
    /// Another process serves from this state folder.
    case inUse(path: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let problem): "\(path) cannot be read: \(problem)"
        case .unwritable(let path, let problem): "\(path) cannot be written: \(problem)"
        case .damaged(let path):
            "\(path) is damaged: it does not hold what this program wrote; restore it from a backup before any further job"
        case .inUse(let path): "\(path) is locked: another process works with this state folder; one at a time can"
        }
    }
}

/// Small files of a party's state: read whole, written whole or not at all, readable by their owner only.
public enum StateFile {
    /// The contents, or `nil` where there is no such file.
    public static func read(_ path: String) throws(StateError) -> [UInt8]? {
        guard let file = fopen(path, "rbe") else {
            if errno == ENOENT { return nil }
            throw .unreadable(path: path, problem: lastProblem)
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes.append(contentsOf: buffer.prefix(count))
        }
        guard ferror(file) == 0 else { throw .unreadable(path: path, problem: lastProblem) }
        return bytes
    }

    /// Writes beside the file, then puts it in its place, so that a crash leaves the old or the new contents; when this returns, the
    /// new ones have reached the disk.
    public static func write(_ bytes: [UInt8], to path: String) throws(StateError) {
        let temporary = path + ".new"
        func failure() -> StateError { .unwritable(path: path, problem: lastProblem) }
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        guard write(all: bytes, to: descriptor), fsync(descriptor) == 0, rename(temporary, path) == 0 else {
            throw failure()
        }
        try settle(path)
    }

    /// Adds a line to a file that is only ever added to; when this returns, the disk has it. Several processes may do so at one
    /// time.
    ///
    /// A line that an earlier process did not finish is ended first, so that it spoils no other.
    ///
    /// - Parameter line: Its newline included.
    static func append(_ line: [UInt8], to path: String) throws(StateError) {
        func failure() -> StateError { .unwritable(path: path, problem: lastProblem) }
        let isNew = access(path, F_OK) != 0
        let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX) == 0 else { throw failure() }
        let end = lseek(descriptor, 0, SEEK_END)
        var last = UInt8(ascii: "\n")
        guard end >= 0, end == 0 || pread(descriptor, &last, 1, end - 1) == 1 else { throw failure() }
        let ending = last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")]
        guard write(all: ending + line, to: descriptor), fsync(descriptor) == 0 else { throw failure() }
        if isNew { try settle(path) }
    }

    /// Does something while nobody else, in this process or another, does anything with the files of a folder under this lock. What is
    /// read, changed and written back here does not get lost between two jobs. The folder is there already; not to be nested.
    static func alone<Result>(in folder: String, _ body: () throws -> Result) throws -> Result {
        func failure() -> StateError { .unwritable(path: folder, problem: lastProblem) }
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        // A description of its own: it keeps out other threads, too.
        while flock(descriptor, LOCK_EX) != 0 { guard errno == EINTR else { throw failure() } }
        return try body()
    }

    private static func write(all bytes: [UInt8], to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    /// Removes a file; one that is not there is no error.
    public static func remove(_ path: String) throws(StateError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .unwritable(path: path, problem: lastProblem) }
        try settle(path)
    }

    /// Whether there is a file or folder of this name.
    static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The room that a file takes on the disk, or a folder's files do, in bytes; 0 of what is not there. Files with holes take less than
    /// they are long.
    static func room(of path: String) -> Int {
        var status = stat()
        guard lstat(path, &status) == 0 else { return 0 }
        guard status.st_mode & S_IFMT == S_IFDIR else { return min(Int(status.st_size), 512 * Int(status.st_blocks)) }
        return ((try? names(in: path)) ?? []).reduce(0) { $0 + room(of: path + "/" + $1) }
    }

    /// Names of the files in a folder.
    public static func names(in folder: String) throws(StateError) -> [String] {
        do { return try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw .unreadable(path: folder, problem: "\(error)")
        }
    }

    /// When a file was written, in seconds since 1970.
    static func time(_ path: String) throws(StateError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .unreadable(path: path, problem: lastProblem) }
        return status.st_mtim.tv_sec
    }

    /// Gives a file another name, on the same disk.
    public static func move(_ path: String, to other: String) throws(StateError) {
        guard rename(path, other) == 0 else { throw .unwritable(path: other, problem: lastProblem) }
        try settle(other)
    }

    /// Removes a folder with the files in it; one that is not there is no error.
    public static func removeFolder(_ path: String) throws(StateError) {
        guard access(path, F_OK) == 0 else { return }
        for name in try names(in: path) { try remove(path + "/" + name) }
        guard rmdir(path) == 0 else { throw .unwritable(path: path, problem: lastProblem) }
        try settle(path)
    }

    /// Makes a folder and those above it, for its owner only.
    public static func makeFolder(_ path: String) throws(StateError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += part + "/"
            if mkdir(made, 0o700) != 0, errno != EEXIST { throw .unwritable(path: path, problem: lastProblem) }
        }
    }

    /// Waits until the disk has what became of a name: without, a loss of power could bring the old file back.
    private static func settle(_ path: String) throws(StateError) {
        let slash = path.lastIndex(of: "/")
        let descriptor = open(slash.map { String(path[...$0]) } ?? ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unwritable(path: path, problem: lastProblem) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .unwritable(path: path, problem: lastProblem) }
    }

    private static var lastProblem: String { String(cString: strerror(errno)) }
}

/// Keeps a state folder to one process: two that count in one ledger or take attempt numbers would undo each other's work.
public final class StateLock: Sendable {
    private let descriptor: Int32

    /// Holds the folder until this object goes, however its process ends.
    /// - Throws: ``StateError/inUse(path:)`` where another one holds it.
    package init(folder: String) throws(StateError) {
        let path = folder + "/lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unwritable(path: path, problem: String(cString: strerror(errno))) }
        // Somebody who only asks whether it is held shares it for a moment.
        for _ in 0..<10 where flock(descriptor, LOCK_EX | LOCK_NB) != 0 { usleep(10_000) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw errno == EWOULDBLOCK
                ? .inUse(path: path) : .unwritable(path: path, problem: String(cString: strerror(errno)))
        }
    }

    deinit { close(descriptor) }

    /// Whether a process holds the folder.
    public static func isHeld(folder: String) -> Bool {
        let descriptor = open(folder + "/lock", O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // Shared, so that two who ask at one moment see no holder in each other.
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0
    }
}
