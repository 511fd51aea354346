internal import Glibc

/// Why a party's own state could not be kept. Holds paths and system errors, never contents.
public enum StateError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, problem: String)
    case unwritable(path: String, problem: String)
    case damaged(path: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let problem): "\(path) cannot be read: \(problem)"
        case .unwritable(let path, let problem): "\(path) cannot be written: \(problem)"
        case .damaged(let path):
            "\(path) is damaged: it does not hold what this program wrote; restore it from a backup before any further job"
        }
    }
}

/// Small files of a party's state: read whole, written whole or not at all, readable by their owner only.
public enum StateFile {
    /// The contents, or `nil` where there is no such file.
    public static func read(_ path: String) throws(StateError) -> [UInt8]? {
        guard let file = fopen(path, "rbe") else {
            if errno == ENOENT { return nil }
            throw .unreadable(path: path, problem: String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes.append(contentsOf: buffer.prefix(count))
        }
        guard ferror(file) == 0 else { throw .unreadable(path: path, problem: String(cString: strerror(errno))) }
        return bytes
    }

    /// Writes beside the file, then puts it in its place, so that a crash leaves the old or the new contents.
    public static func write(_ bytes: [UInt8], to path: String) throws(StateError) {
        let temporary = path + ".new"
        func failure() -> StateError { .unwritable(path: path, problem: String(cString: strerror(errno))) }
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure() }
            written += count
        }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw failure() }
    }

    /// Makes a folder and those above it, for its owner only.
    public static func makeFolder(_ path: String) throws(StateError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += part + "/"
            if mkdir(made, 0o700) != 0, errno != EEXIST {
                throw .unwritable(path: path, problem: String(cString: strerror(errno)))
            }
        }
    }
}
