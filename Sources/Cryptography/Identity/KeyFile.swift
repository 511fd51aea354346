import Glibc

/// Small files with keys and certificates: read whole, written whole and only once.
enum KeyFile {
    /// More than any certificate or key here needs, and little enough to read without thought.
    static let sizeLimit = 65_536

    /// The bytes of the file at `path`. A private one is refused where group or others can open it.
    static func read(_ path: String, isPrivate: Bool) throws(CryptographyError) -> SecretBytes {
        // Without O_NONBLOCK, opening a pipe would wait for its writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .file(path: path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .file(path: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= sizeLimit else {
            throw .unexpectedContent(path: path, expected: "a file of at most \(sizeLimit) bytes")
        }
        if isPrivate, status.st_mode & 0o077 != 0 {
            throw .exposedKeyFile(path: path, mode: status.st_mode & 0o777)
        }
        return try SecretBytes(count: Int(status.st_size)) { buffer throws(CryptographyError) in
            try transfer(path, buffer.count) { Glibc.read(descriptor, buffer.baseAddress! + $0, buffer.count - $0) }
        }
    }

    /// Creates the file at `path` with exactly these permission bits; an existing file is never replaced.
    static func create(_ path: String, mode: mode_t, _ bytes: SecretBytes) throws(CryptographyError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .file(path: path, code: errno) }
        defer { close(descriptor) }
        do throws(CryptographyError) {
            // The process's umask may have taken bits away; what others may do must not depend on it.
            guard fchmod(descriptor, mode) == 0 else { throw .file(path: path, code: errno) }
            try bytes.withUnsafeBytes { buffer throws(CryptographyError) in
                try transfer(path, buffer.count) { write(descriptor, buffer.baseAddress! + $0, buffer.count - $0) }
            }
            guard fsync(descriptor) == 0 else { throw .file(path: path, code: errno) }
        } catch {
            unlink(path)  // Half a key would only stand in the way of a whole one.
            throw error
        }
    }

    /// Repeats `step`, which is given what is done and returns how much it did, until `count` bytes are through.
    ///
    /// It is called only where bytes are left, so its buffer has a base address: hence the `!` above.
    private static func transfer(
        _ path: String, _ count: Int, _ step: (Int) -> Int
    ) throws(CryptographyError) {
        var done = 0
        while done < count {
            let moved = step(done)
            if moved < 0, errno == EINTR { continue }
            guard moved > 0 else { throw .file(path: path, code: moved < 0 ? errno : EIO) }
            done += moved
        }
    }
}
