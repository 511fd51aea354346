/// The journal while a store is open: a beginning that holds every entity, then changes, one small write each.
struct Journal: ~Copyable {
    private let file: OwnFile
    private(set) var length: Int
    private let beginning: Int
    /// A write failed, and what it left behind could not be cut off.
    private var isBroken = false

    static let name = "journal"
    private static let newName = "journal.new"
    /// Changes that are kept before the journal is written anew, at least, in bytes.
    private static let patience = 4 << 20

    /// Goes on with a journal that was read.
    ///
    /// - Parameter length: Bytes that hold; what follows is cut off.
    init(_ file: OwnFile, length: Int, beginning: Int) throws(HistoryCacheError) {
        if try file.length != length { try file.resize(length) }
        (self.file, self.length, self.beginning) = (file, length, beginning)
    }

    /// Writes one anew, which takes the place of the old one.
    ///
    /// - Parameter settles: Waits until the disk has it: what it is to take the place of is not lost.
    init(
        in folder: StoreFolder, _ header: JournalHeader,
        _ entities: some Sequence<(number: UInt32, state: EntityState)>,
        settles: Bool
    ) throws(HistoryCacheError) {
        let file = try OwnFile(folder.file(Self.newName), isNew: true, final: folder.file(Self.name))
        var (part, place) = (header.encode(), 0)
        for (number, state) in entities {
            part += JournalRecord.entity(number: number, state).encode()
            guard part.count > 1 << 20 else { continue }
            try Self.write(part, to: file, at: place)
            place += part.count
            part.removeAll(keepingCapacity: true)
        }
        try Self.write(part, to: file, at: place)
        if settles { try file.synchronise() }
        try folder.replace(Self.name, by: Self.newName)
        if settles { try folder.synchronise() }
        (self.file, length, beginning) = (file, place + part.count, place + part.count)
    }

    /// Whether changes take up so much more than the entities that a new beginning is worth it.
    var isLong: Bool { length - beginning > max(Self.patience, 2 * beginning) }

    /// Adds a record. One that could not be written whole is cut off again.
    mutating func append(_ record: JournalRecord) throws(HistoryCacheError) {
        guard !isBroken else { throw file.failure("written", 5) }
        let bytes = record.encode()
        do throws(HistoryCacheError) { try Self.write(bytes, to: file, at: length) } catch {
            do throws(HistoryCacheError) { try file.resize(length) } catch { isBroken = true }
            throw error
        }
        length += bytes.count
    }

    /// Waits until the disk has it.
    func synchronise() throws(HistoryCacheError) { try file.synchronise() }

    private static func write(_ bytes: [UInt8], to file: OwnFile, at place: Int) throws(HistoryCacheError) {
        let failure = bytes.withUnsafeBytes { buffer -> HistoryCacheError? in
            do throws(HistoryCacheError) { try file.write(buffer, at: place) } catch { return error }
            return nil
        }
        if let failure { throw failure }
    }
}
