internal import Glibc

/// What tells two states of an origin's rows apart, without reading them.
public struct RowVersion: Equatable, Sendable {
    /// Of a file, or of several that change together.
    private struct FileState: Equatable {
        let inode: UInt
        let size, seconds, nanoseconds: Int

        /// `nil` where there is no such file.
        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (inode, size) = (status.st_ino, status.st_size)
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        }
    }

    private var files: [FileState?] = []
    private var snapshot = ""

    /// The state now; `nil` where it cannot be told.
    ///
    /// - A file: its inode, size and time of change; of SQLite's, those of its write-ahead log too, where new rows may stand.
    /// - PostgreSQL: the transactions that a reader would see (`txid_current_snapshot`). It changes with every transaction that has
    ///   written anything, in whichever table; so what it calls the same is the same, and not always the other way round. Foreign
    ///   tables, and queries that ask for the time, change without it.
    public init?(of origin: RowOrigin) {
        switch origin {
        case .csv(let file, _), .libsvm(let file, _):
            files = [FileState(file)]
        case .sqlite(let file, _):
            files = [FileState(file), FileState(file + "-wal")]
        case .postgres(let connection, _):
            #if PostgreSQL
            guard let snapshot = try? PostgresConnection(connection).snapshot() else { return nil }
            self.snapshot = snapshot
            #else
            return nil
            #endif
        }
        if let first = files.first, first == nil { return nil }
    }
}
