internal import Cryptography
internal import FoundationEssentials
internal import Specification
internal import Tables

/// The rows that a job has aligned, as its party keeps them so that further jobs need not: which of its own rows are common, in the common
/// order. Other parties' rows stay with these.
///
/// Rows of two parties belong together if they are of one attempt of one job, which the name says, and if nobody's ids have changed since.
struct KeptRows {
    /// All by which rows were found.
    struct Terms: Codable, Equatable {
        /// Parties with their roles, columns left out.
        var members: [Job.Member]
        var align: Job.Align

        init(_ job: Job) {
            members = job.members.map { Job.Member(party: $0.party, role: $0.role, columns: nil) }
            align = job.align
            align.reuse = nil
        }
    }

    private static let kind = "colonnade/aligned-rows/v1"

    let terms: Terms
    /// Of this party's keys, row by row.
    let keyHash: [UInt8]
    let rows: AlignedRows

    init(_ job: Job, _ table: Table, _ rows: AlignedRows) throws {
        (terms, keyHash, self.rows) = (Terms(job), try Self.hash(of: table), rows)
    }

    /// Of all keys in the table's order: rows are named by their places in it.
    static func hash(of table: Table) throws -> [UInt8] {
        var hash = SHA256()
        hash.update(Array("colonnade/kept-rows/keys/v1\0".utf8))
        try table.visitKeys { rows, keys in
            var writer = CanonicalWriter()
            for row in 0..<rows.count { writer.blob(keys.encoding(row: row)) }
            hash.update(writer.bytes)
        }
        return hash.digest()
    }

    static func path(state: String, name: String) -> String { "\(state)/alignments/rows-\(name)" }

    /// Writes them for their owner only, whole or not at all.
    func save(state: String, name: String) throws {
        try StateFile.makeFolder("\(state)/alignments")
        var writer = CanonicalWriter()
        writer.text(Self.kind)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        writer.blob(try [UInt8](encoder.encode(terms)))
        writer.blob(keyHash)
        // A place from 1; 0 where there is none.
        writer.integer(UInt32(rows.count))
        for row in rows { writer.count(row.map { $0 + 1 } ?? 0) }
        try StateFile.write(writer.bytes + SHA256.hash(writer.bytes), to: Self.path(state: state, name: name))
    }

    /// Reads what an earlier job has kept.
    ///
    /// - Throws: ``RunError`` where there is nothing of that name, `StateError` where the file is damaged or unreadable.
    init(state: String, name: String) throws {
        let path = Self.path(state: state, name: name)
        guard let bytes = try StateFile.read(path) else {
            throw RunError(
                .badData, "there are no aligned rows of job \(name) here; leave out align.reuse, to align again")
        }
        let body = Array(bytes.dropLast(SHA256.byteCount))
        guard SHA256.hash(body) == Array(bytes.suffix(SHA256.byteCount)) else { throw StateError.damaged(path: path) }
        var reader = CanonicalReader(body)
        do {
            guard try reader.text() == Self.kind else { throw StateError.damaged(path: path) }
            terms = try JSONDecoder().decode(Terms.self, from: Data(try reader.blob()))
            keyHash = try reader.blob()
            let places = try reader.list { (reader) throws(SpecificationError) in try reader.count() }
            rows = AlignedRows(rows: places.lazy.map { $0 == 0 ? nil : $0 - 1 })
            try reader.end()
        } catch { throw StateError.damaged(path: path) }
    }

    /// The rows, for a job and the table as they are now.
    ///
    /// - Throws: ``RunError`` where anything has changed since: aligning again is what helps.
    func rows(for job: Job, _ table: Table, name: String) throws -> AlignedRows {
        guard terms == Terms(job) else {
            throw RunError(
                .badData,
                "job \(name) aligned the rows of other parties, or by another align section; leave out align.reuse, to align again"
            )
        }
        guard try keyHash == Self.hash(of: table), rows.allSatisfy({ $0 ?? 0 < table.rowCount }) else {
            throw RunError(
                .badData,
                "this party's ids, or their order, have changed since job \(name) aligned them; leave out align.reuse, to align again"
            )
        }
        return rows
    }
}
