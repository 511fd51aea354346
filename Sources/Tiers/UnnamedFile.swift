internal import Glibc

/// A file of a fixed length without a name: nobody else can open it, and it goes with this object, however the process ends.
final class UnnamedFile: Sendable {
    /// What places, lengths and addresses in memory are multiples of.
    static let block = 4096

    private let folder: String
    private let descriptor: Int32
    /// Whether the system's page cache is left out (O_DIRECT).
    let isDirect: Bool

    /// Takes the disk's space at once, so that nothing that is written later finds the disk full.
    ///
    /// - Parameter folder: Made for its owner only, if it is not there.
    /// - Throws: ``TierError``.
    init(in folder: String, bytes: Int) throws(TierError) {
        precondition(bytes > 0 && bytes % Self.block == 0, "whole blocks")
        let descriptor = try Self.open(in: folder)
        do throws(TierError) {
            try Self.reserve(bytes, descriptor, folder)
            isDirect = Self.leaveOutCache(descriptor)
        } catch {
            close(descriptor)
            throw error
        }
        (self.folder, self.descriptor) = (folder, descriptor)
    }

    deinit { close(descriptor) }

    private static func open(in folder: String) throws(TierError) -> Int32 {
        // If it can be neither made nor found, opening says why.
        _ = mkdir(folder, 0o700)
        // Of mode 0600, and not for programs that this one starts.
        let unnamed = Glibc.open(folder, O_RDWR | O_CLOEXEC | __O_TMPFILE | O_DIRECTORY, 0o600)
        if unnamed >= 0 { return unnamed }
        // Not every file system has files without a name; then the name goes as soon as the file is there.
        guard errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL else { throw failure(folder, "made") }
        var path = Array("\(folder)/colonnade-XXXXXX".utf8CString)
        let named = mkstemp(&path)
        guard named >= 0 else { throw failure(folder, "made") }
        unlink(path)
        _ = fcntl(named, F_SETFD, FD_CLOEXEC)
        return named
    }

    private static func reserve(_ bytes: Int, _ descriptor: Int32, _ folder: String) throws(TierError) {
        var status = statvfs()
        var free = Int.max
        if fstatvfs(descriptor, &status) == 0 {
            free = Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).0)
        }
        guard bytes <= free else { throw .full(folder: folder, needed: bytes, free: free) }
        var code: Int32
        repeat { code = posix_fallocate(descriptor, 0, bytes) } while code == EINTR
        switch code {
        case 0: return
        case ENOSPC, EDQUOT: throw .full(folder: folder, needed: bytes, free: free)
        default: throw .file(folder: folder, action: "made \(bytes) bytes long", offset: nil, code: code)
        }
    }

    /// After the space is reserved, since the C library reserves by writing single bytes where the file system cannot do it.
    private static func leaveOutCache(_ descriptor: Int32) -> Bool {
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, fcntl(descriptor, F_SETFL, flags | __O_DIRECT) == 0 else { return false }
        let probe = UnsafeMutableRawPointer.allocate(byteCount: block, alignment: block)
        defer { probe.deallocate() }
        probe.initializeMemory(as: UInt8.self, repeating: 0, count: block)
        if pwrite(descriptor, probe, block, 0) == block { return !isCached(descriptor) }
        // Some take the flag, and then refuse to write.
        _ = fcntl(descriptor, F_SETFL, flags)
        return false
    }

    /// Whether the first block is in memory: others take the flag and use the cache all the same, or are memory themselves (tmpfs).
    private static func isCached(_ descriptor: Int32) -> Bool {
        let map = mmap(nil, block, PROT_READ, MAP_SHARED, descriptor, 0)
        guard let map, map != MAP_FAILED else { return true }
        defer { munmap(map, block) }
        var isResident: UInt8 = 1
        return mincore(map, block, &isResident) != 0 || isResident & 1 != 0
    }

    /// Writes bytes from a place on.
    /// - Returns: What failed.
    func write(_ memory: UnsafeRawPointer, count: Int, at place: Int) -> TierError? {
        transfer(count, "written", at: place) { pwrite(descriptor, memory + $0, count - $0, place + $0) }
    }

    /// Reads bytes from a place on; those never written are zero.
    /// - Returns: What failed.
    func read(_ memory: UnsafeMutableRawPointer, count: Int, at place: Int) -> TierError? {
        transfer(count, "read", at: place) { pread(descriptor, memory + $0, count - $0, place + $0) }
    }

    /// Goes on until so many bytes are through: the system takes less than 2 GiB at a time.
    private func transfer(_ count: Int, _ action: String, at place: Int, _ step: (_ done: Int) -> Int) -> TierError? {
        var done = 0
        while done < count {
            let length = step(done)
            if length < 0, errno == EINTR { continue }
            guard length > 0 else {
                let code = length < 0 ? errno : EIO
                return .file(folder: folder, action: action, offset: place + done, code: code)
            }
            done += length
        }
        return nil
    }

    private static func failure(_ folder: String, _ action: String) -> TierError {
        .file(folder: folder, action: action, offset: nil, code: errno)
    }
}
