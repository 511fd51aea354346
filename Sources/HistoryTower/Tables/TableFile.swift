internal import Cryptography
internal import Glibc
internal import Kernels

/// A ``FieldTable``'s file, opened for reading: its length, its header and its whole content were checked. The rows of the commonest codes,
/// which come first, are in memory, as many as its user wants. May be used by several threads.
final class TableFile: Sendable {
    let table: FieldTable
    private let path: String
    private let descriptor: Int32
    /// The first rows.
    private let head: [Float]

    static let headerBytes = 32
    /// Bytes that are hashed at once.
    private static let block = 1 << 20

    /// Reads the file once from beginning to end.
    ///
    /// - Parameter head: how many of the first rows to keep in memory.
    /// - Throws: ``HistoryTowerError/table(path:field:problem:)``.
    init(_ table: FieldTable, in folder: String, head: Int) throws(HistoryTowerError) {
        let path = "\(folder)/\(table.fileName)"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .table(
                path: path, field: table.field, problem: errno == ENOENT ? .missing : .unreadable(Self.lastProblem))
        }
        (self.table, self.path, self.descriptor) = (table, path, descriptor)
        do throws(FieldTable.Problem) {
            self.head = try Self.check(descriptor, table, head: min(head, table.rows))
        } catch {
            close(descriptor)
            throw .table(path: path, field: table.field, problem: error)
        }
    }

    deinit { close(descriptor) }

    /// - Returns: the first rows.
    private static func check(
        _ descriptor: Int32, _ table: FieldTable, head: Int
    ) throws(FieldTable.Problem) -> [Float] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(lastProblem) }
        guard Int(status.st_size) == table.bytes else { throw .length(Int(status.st_size), expected: table.bytes) }
        _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        let header = try read(descriptor, headerBytes, at: 0)
        guard header == self.header(rows: table.rows, columns: table.columns) else { throw .header }
        var hash = SHA256()
        hash.update(header)
        var first: [Float] = []
        first.reserveCapacity(head * table.columns)
        var place = headerBytes
        while place < table.bytes {
            let bytes = try read(descriptor, min(block, table.bytes - place), at: place)
            hash.update(bytes)
            let wanted = min(bytes.count / 4, head * table.columns - first.count)
            if wanted > 0 { first += floats(bytes[..<(4 * wanted)]) }
            place += bytes.count
        }
        guard hash.digest().hexadecimal == table.hash else { throw .damaged }
        // From now on single rows are wanted.
        _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM)
        return first
    }

    /// Copies rows one after the other.
    ///
    /// - Parameter rows: ascending, each once.
    /// - Throws: ``HistoryTowerError/table(path:field:problem:)``.
    func read(_ rows: [Int32], into target: UnsafeMutablePointer<Float>) throws(HistoryTowerError) {
        let columns = table.columns
        var place = 0
        while place < rows.count {
            let row = Int(rows[place])
            if row * columns < head.count {
                let start = row * columns
                for column in 0..<columns { target[place * columns + column] = head[start + column] }
                place += 1
                continue
            }
            var end = place + 1
            while end < rows.count, Int(rows[end]) == row + end - place, 4 * (end - place) * columns < Self.block {
                end += 1
            }
            try read(row..<row + end - place, into: target + place * columns)
            place = end
        }
    }

    /// Copies rows that lie one behind the other from the file.
    ///
    /// - Throws: ``HistoryTowerError/table(path:field:problem:)``.
    func read(_ rows: Range<Int>, into target: UnsafeMutablePointer<Float>) throws(HistoryTowerError) {
        do throws(FieldTable.Problem) {
            let bytes = try Self.read(
                descriptor, 4 * rows.count * table.columns, at: Self.headerBytes + 4 * rows.lowerBound * table.columns)
            for (place, value) in Self.floats(bytes[...]).enumerated() { target[place] = value }
        } catch {
            throw .table(path: path, field: table.field, problem: error)
        }
    }

    /// Copies the row of each event of a pack.
    func embed(_ rows: PackRows, into target: UnsafeMutablePointer<Float>) throws(HistoryTowerError) {
        var values = [Float](repeating: 0, count: rows.rows.count * table.columns)
        try values.withUnsafeMutableBufferPointer { values throws(HistoryTowerError) in
            guard let base = values.baseAddress else { return }
            try read(rows.rows, into: base)
            Embedding(count: rows.rows.count, columns: table.columns).gather(
                base, rows.places, into: target, rows: rows.places.indices)
        }
    }

    private static func read(_ descriptor: Int32, _ count: Int, at place: Int) throws(FieldTable.Problem) -> [UInt8] {
        var (done, code) = (0, Int32(0))
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while done < count, let start = buffer.baseAddress {
                let length = pread(descriptor, start + done, count - done, off_t(place + done))
                if length < 0, errno == EINTR { continue }
                guard length > 0 else {
                    code = length < 0 ? errno : 0
                    break
                }
                done += length
            }
            filled = done
        }
        guard done == count else { throw code == 0 ? .damaged : .unreadable(String(cString: strerror(code))) }
        return bytes
    }

    // MARK: Format

    static func header(rows: Int, columns: Int) -> [UInt8] {
        func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: number.littleEndian) { Array($0) }
        }
        return Array("colonnade table\0".utf8) + bytes(UInt32(1)) + bytes(UInt32(columns)) + bytes(UInt64(rows))
    }

    private static func floats(_ bytes: ArraySlice<UInt8>) -> [Float] {
        bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map {
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
    }

    static var lastProblem: String { String(cString: strerror(errno)) }
}
