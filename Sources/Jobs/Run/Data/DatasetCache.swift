internal import Glibc
internal import Synchronization
internal import Tables

/// A party's data, read when it is first wanted and again after its file has changed.
final class DatasetCache: Sendable {
    /// What tells two states of a file apart.
    private struct Version: Equatable {
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

    private let source: PartyFile.DataSource
    private let log: @Sendable (String) -> Void
    private let last = Mutex<(version: Version, dataset: Dataset)?>(nil)

    /// - Parameter log: told of every reading.
    init(_ source: PartyFile.DataSource, log: @escaping @Sendable (String) -> Void) {
        self.source = source
        self.log = log
    }

    /// The data as the file has it now; who asks while it is being read waits.
    /// - Throws: `TablesError` with file, line and field.
    func dataset() throws(TablesError) -> Dataset {
        try last.withLock { (last) throws(TablesError) in
            // Taken before reading: a change while reading is noticed the next time.
            let version = Version(source.file)
            if let last, last.version == version { return last.dataset }
            let dataset = try Dataset(source)
            last = version.map { ($0, dataset) }
            log("read \(dataset.table.rowCount) rows from \(dataset.table.file)")
            return dataset
        }
    }
}
