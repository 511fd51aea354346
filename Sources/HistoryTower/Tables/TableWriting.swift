internal import Cryptography
internal import Glibc

extension FieldTable {
    /// Writes a table's file, whole or not at all; when this returns, it has reached the disk. Takes memory for a megabyte of rows.
    ///
    /// - Parameters:
    ///   - folder: made for its owner only if it is not there, but not the folders above it.
    ///   - read: copies rows that lie one behind the other.
    /// - Throws: ``HistoryTowerError/table(path:field:problem:)``; ``HistoryTowerError/diverged`` where a number is not finite; what
    ///   `read` throws.
    static func write(
        field: String, rows: Int, columns: Int, to folder: String,
        _ read: (_ rows: Range<Int>, _ target: UnsafeMutablePointer<Float>) throws(HistoryTowerError) -> Void
    ) throws(HistoryTowerError) -> FieldTable {
        var table = FieldTable(field: field, rows: rows, columns: columns)
        let file = try UnfinishedFile(of: table, in: folder)
        var hash = SHA256()
        func append(_ bytes: [UInt8]) throws(HistoryTowerError) {
            hash.update(bytes)
            try file.append(bytes)
        }
        try append(TableFile.header(rows: rows, columns: columns))
        let length = max(1, (1 << 20) / (4 * columns))
        var values = [Float](repeating: 0, count: min(length, rows) * columns)
        for start in stride(from: 0, to: rows, by: length) {
            let part = start..<min(start + length, rows)
            try values.withUnsafeMutableBufferPointer { values throws(HistoryTowerError) in
                if let base = values.baseAddress { try read(part, base) }
            }
            guard values.prefix(part.count * columns).allSatisfy(\.isFinite) else { throw .diverged }
            try append(
                [UInt8](unsafeUninitializedCapacity: 4 * part.count * columns) { bytes, count in
                    let bytes = UnsafeMutableRawBufferPointer(bytes)
                    for place in 0..<part.count * columns {
                        bytes.storeBytes(
                            of: values[place].bitPattern.littleEndian, toByteOffset: 4 * place, as: UInt32.self)
                    }
                    count = bytes.count
                })
        }
        table.hash = hash.digest().hexadecimal
        try file.finish(as: table)
        return table
    }

    /// That the disk has room for tables, before they are learned.
    ///
    /// - Throws: ``HistoryTowerError/table(path:field:problem:)``.
    static func demandRoom(
        for fields: [EventField], columns: Int, in folder: String
    ) throws(HistoryTowerError) {
        let needed = fields.reduce(0) { $0 + FieldTable(field: $1.name, rows: $1.codes, columns: columns).bytes }
        guard let first = fields.first else { return }
        _ = mkdir(folder, 0o700)
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else {
            throw .table(path: folder, field: first.name, problem: .unwritable(TableFile.lastProblem))
        }
        let free = Int(status.f_bavail) * Int(status.f_frsize)
        guard needed <= free else {
            throw .table(path: folder, field: first.name, problem: .room(free, needed: needed))
        }
    }
}

/// A file on its way; without ``finish(as:)`` it goes again.
private final class UnfinishedFile {
    private let folder: String
    private let field: String
    private let descriptor: Int32
    private var path: String?

    init(of table: FieldTable, in folder: String) throws(HistoryTowerError) {
        (self.folder, field) = (folder, table.field)
        // If it can be neither made nor found, opening says why.
        _ = mkdir(folder, 0o700)
        var name = Array("\(folder)/\(FieldTable.unfinished)XXXXXX".utf8CString)
        // Of mode 0600.
        descriptor = mkstemp(&name)
        guard descriptor >= 0 else {
            throw .table(path: folder, field: field, problem: .unwritable(TableFile.lastProblem))
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        path = name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
        // A disk that is full is noticed before anything is written; a file system that cannot reserve notices later.
        let code = posix_fallocate(descriptor, 0, off_t(table.bytes))
        guard code != ENOSPC, code != EDQUOT else {
            throw .table(path: folder, field: field, problem: .unwritable(String(cString: strerror(code))))
        }
    }

    deinit {
        close(descriptor)
        if let path { unlink(path) }
    }

    func append(_ bytes: [UInt8]) throws(HistoryTowerError) {
        var done = 0
        while done < bytes.count {
            let length = bytes.withUnsafeBytes { bytes in
                bytes.baseAddress.map { write(descriptor, $0 + done, bytes.count - done) } ?? -1
            }
            if length < 0, errno == EINTR { continue }
            guard length > 0 else { throw failure }
            done += length
        }
    }

    /// Gives it its name, in place of a file that has it already.
    func finish(as table: FieldTable) throws(HistoryTowerError) {
        guard let path, fsync(descriptor) == 0, rename(path, "\(folder)/\(table.fileName)") == 0 else { throw failure }
        self.path = nil
        // Without, a loss of power could take the name away again.
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw failure }
    }

    private var failure: HistoryTowerError {
        .table(path: path ?? folder, field: field, problem: .unwritable(TableFile.lastProblem))
    }
}
